// What the box joined into one title: the entries of services, folders and addons, each by the
// reference under which it can be put apart.

import type { Title } from '../api/types';

type External = Title['external'];

export const places = ['tmdb', 'imdb', 'shikimori', 'mal', 'open', 'local', 'addon'] as const;
export type Place = (typeof places)[number];

export interface Entry {
  place: Place;
  /** `tmdb:tv/1429`, as the daemon writes it. */
  reference: string;
  /** Of an entry that tells of one season only. */
  season?: number | undefined;
  /** Where people can look at it. */
  url?: string | undefined;
}

const said = (entry: Entry | undefined): entry is Entry => entry !== undefined;

/** An entry of Shikimori is one of MyAnimeList too: they leave together. */
function anime(
  { shikimori, mal }: Pick<External, 'shikimori' | 'mal'>,
  season?: number,
): Entry | undefined {
  if (shikimori != null) {
    const url = `https://shikimori.one/animes/${shikimori}`;
    return { place: 'shikimori', reference: `shikimori:${shikimori}`, season, url };
  }
  if (mal == null) return undefined;
  return { place: 'mal', reference: `mal:${mal}`, season, url: `https://myanimelist.net/anime/${mal}` };
}

function tmdb({ tmdb: id, tmdb_kind: kind }: External): Entry | undefined {
  if (id == null) return undefined;
  const path = kind ? `${kind}/${id}` : String(id);
  const url = kind ? `https://www.themoviedb.org/${path}` : undefined;
  return { place: 'tmdb', reference: `tmdb:${path}`, url };
}

const plain = (place: Place, key: string | null | undefined): Entry | undefined =>
  key ? { place, reference: `${place}:${key}` } : undefined;

export function entriesOf(external: External): Entry[] {
  const imdb = plain('imdb', external.imdb);
  const all = [
    tmdb(external),
    imdb && { ...imdb, url: `https://www.imdb.com/title/${external.imdb}/` },
    anime(external),
    plain('open', external.open),
    plain('local', external.local),
    plain('addon', external.addon),
    ...(external.parts ?? []).map((part) => anime(part, part.season)),
  ].filter(said);
  // The first season may stand there twice: as the title's own entry, and as a part of it.
  return all.filter(
    (one, at) => all.findIndex((other) => other.reference === one.reference) === at,
  );
}
