// What people give: addresses, magnets and files that become sources.

import { client } from '.';
import type { GivenAnswer, GivenPage } from './types';

/** What it is a source of; nothing: what its name tells. */
export interface Of {
  titleId?: string | undefined;
  episodeId?: string | null | undefined;
}

export const give = (text: string, { titleId, episodeId }: Of = {}) =>
  client.call<GivenAnswer>('given', {
    method: 'POST',
    body: { text, title_id: titleId ?? null, episode_id: episodeId ?? null },
  });

export const giveFile = (file: File, { titleId, episodeId }: Of = {}) => {
  const of = new URLSearchParams({ name: file.name });
  if (titleId) of.set('title_id', titleId);
  if (episodeId) of.set('episode_id', episodeId);
  return client.call<GivenAnswer>(`given/file?${of}`, { method: 'POST', file });
};

export const given = (titleId?: string, cursor?: string) => {
  const of = new URLSearchParams();
  if (titleId) of.set('title_id', titleId);
  if (cursor) of.set('cursor', cursor);
  return client.call<GivenPage>(`given?${of}`);
};

export const takeBack = (id: string) => client.call<void>(`given/${id}`, { method: 'DELETE' });
