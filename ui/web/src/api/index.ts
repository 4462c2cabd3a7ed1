// The calls this app makes, one function each.

import { keep } from './keep';
import { Client } from './client';
import { events } from './stream';
import type {
  BoxInfo,
  CalendarPage,
  Devices,
  GenresPage,
  HomePage,
  PrepareRequest,
  Prepared,
  ProviderStatus,
  SearchPage,
  ServicesPage,
  SourceView,
  SourcesPage,
  Taste,
  Title,
  TitleDetail,
  TitleKind,
} from './types';
import { listPath, type Filters } from '../state/filters';
import { language } from '../text/language.svelte';
import { pairing } from '../state/pairing.svelte';

export const client: Client = new Client({
  keep,
  language: () => language.current,
  onUnpaired: () => pairing.lost(),
});

const query = (values: Record<string, string | null | undefined>) => {
  const known = Object.entries(values).filter((entry): entry is [string, string] => !!entry[1]);
  return known.length > 0 ? `?${new URLSearchParams(known)}` : '';
};

export const box = () => client.open<BoxInfo>('box');

export const home = () => client.call<HomePage>(`home${query({ lang: language.current })}`);

export const search = (q: string, signal: AbortSignal, cursor?: string) =>
  client.call<SearchPage>(`media/search${query({ q, cursor, limit: '40' })}`, { signal });

export const list = (filters: Filters, cursor?: string) =>
  client.call<SearchPage>(listPath(filters, cursor));

export const genres = (type: TitleKind | undefined) =>
  client.call<GenresPage>(`media/genres${query({ type })}`);

export const calendar = () => client.call<CalendarPage>('media/calendar');

export const title = (id: string) => client.call<TitleDetail>(`media/${id}`);

export const similar = (id: string) => client.call<SearchPage>(`media/${id}/similar`);

/** Of what was joined into the title: what it is from now on. */
export const putApart = (id: string, reference: string) =>
  client.call<Title>(`media/${id}/apart`, { method: 'POST', body: { reference } });

export const prepare = (request: PrepareRequest) =>
  client.call<Prepared>('player/prepare', { method: 'POST', body: request });

export const services = () => client.call<ServicesPage>('media/services');

/** What this profile wishes of titles and sources. */
export const wishes = () => client.call<Taste>('user/preferences');

/** Replaces all of them. */
export const wish = (taste: Taste) =>
  client.call<Taste>('user/preferences', { method: 'PUT', body: taste });

export const devices = () => client.call<Devices>('devices');

export const unpair = (id: string) => client.call<void>(`devices/${id}`, { method: 'DELETE' });

export interface SourcesWanted {
  titleId: string;
  episodeId?: string | null | undefined;
  screenId?: string | undefined;
}

/** The sources as they come; `found` is called for each. Ends when every provider has answered. */
export async function sources(
  wanted: SourcesWanted,
  signal: AbortSignal,
  found: (source: SourceView) => void,
  asked: (provider: ProviderStatus) => void,
): Promise<void> {
  const path = `media/${wanted.titleId}/sources${query({
    episode: wanted.episodeId,
    screen_id: wanted.screenId,
    lang: language.current,
  })}`;
  const response = await client.response(path, { signal, accept: 'text/event-stream' });
  if (!response.headers.get('content-type')?.startsWith('text/event-stream') || !response.body) {
    const page = (await response.json()) as SourcesPage;
    page.items.forEach(found);
    page.providers.forEach(asked);
    return;
  }
  for await (const { event, data } of events(response.body)) {
    if (event === 'item') found(JSON.parse(data) as SourceView);
    if (event === 'provider') asked(JSON.parse(data) as ProviderStatus);
    if (event === 'done') return;
  }
}
