// What the owner fills in about a provider, as the daemon takes it. Without the browser, for tests.

import type { ProviderConfig } from '../api/providers';

/** What each kind asks for; a site's definition is a file on the box and is not added here. */
export const KINDS = {
  stremio: ['url'],
  torznab: ['name', 'url', 'api_key'],
  rss: ['name', 'url'],
  opensubtitles: ['api_key', 'username', 'password'],
} as const;

export type Kind = keyof typeof KINDS;
export type Field = (typeof KINDS)[Kind][number];
export type Fields = Partial<Record<Field, string>>;

/** The address as people copy it: `stremio://` is how addons' pages offer theirs. Not written
 *  anew: a feed's `{query}` may stand in its path. */
export function addressOf(text: string): string | undefined {
  const address = text.trim().replace(/^stremio:/i, 'https:');
  return /^https?:/i.test(address) && URL.canParse(address) ? address : undefined;
}

/** `Мой Jackett 2` → `jackett-2`; nothing where no letter of an id is left. */
const plain = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');

function freshId(kind: Kind, wanted: string, taken: readonly string[]): string {
  const free = (id: string) => !taken.includes(`${kind}:${id}`);
  let id = wanted;
  for (let count = 2; !free(id); count += 1) id = `${wanted}-${count}`;
  return id;
}

/** Nothing where the address is none. */
export function configOf(
  kind: Kind,
  fields: Fields,
  taken: readonly string[],
): ProviderConfig | undefined {
  const given = KINDS[kind].map((field) => [field, fields[field]?.trim() ?? ''] as const);
  const config: ProviderConfig = {
    kind,
    ...Object.fromEntries(given.filter(([, value]) => value !== '')),
  };
  if (kind === 'opensubtitles') {
    // The first one goes by the kind's own name.
    return taken.includes(kind) ? { ...config, id: freshId(kind, 'more', taken) } : config;
  }
  const url = addressOf(fields.url ?? '');
  if (!url) return undefined;
  const wanted = plain(fields.name ?? '') || plain(new URL(url).hostname) || kind;
  return { ...config, url, id: freshId(kind, wanted, taken) };
}

/** The ids with one of them a step up or down. */
export function moved(ids: readonly string[], id: string, by: -1 | 1): string[] {
  const from = ids.indexOf(id);
  const to = from + by;
  const other = ids[to];
  if (from < 0 || other === undefined) return [...ids];
  const order = [...ids];
  order[to] = id;
  order[from] = other;
  return order;
}
