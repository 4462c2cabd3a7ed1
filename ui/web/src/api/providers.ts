// The owner's providers: where films and subtitles are looked for.

import { client } from '.';
import type { ProviderEntry, ProviderTest, ProvidersPage } from './types';

/** As in the configuration file: `{ kind: 'stremio', url: '…' }`. */
export type ProviderConfig = { kind: string } & Record<string, string>;

const one = (id: string) => `admin/sources/${encodeURIComponent(id)}`;

export const providers = () => client.call<ProvidersPage>('admin/sources');

export const add = (config: ProviderConfig) =>
  client.call<ProviderEntry>('admin/sources', { method: 'POST', body: { config } });

export const turn = (id: string, enabled: boolean) =>
  client.call<ProviderEntry>(one(id), { method: 'PUT', body: { enabled } });

export const test = (id: string) =>
  client.call<ProviderTest>(`${one(id)}/test`, { method: 'POST', body: {} });

export const order = (ids: string[]) =>
  client.call<ProvidersPage>('admin/sources/order', { method: 'PUT', body: { ids } });

export const remove = (id: string) => client.call<void>(one(id), { method: 'DELETE' });
