// What a title was joined from, written as the daemon writes it (`External::references`).
import { describe, expect, it } from 'vitest';
import { entriesOf } from '../src/state/entries';

const references = (external: Parameters<typeof entriesOf>[0]) =>
  entriesOf(external).map((one) => one.reference);

describe('the entries of a title', () => {
  it('are the services’ own, one each', () => {
    const external = {
      tmdb: 1429,
      tmdb_kind: 'tv' as const,
      imdb: 'tt2560140',
      shikimori: 16498,
      mal: 16498,
      open: 'sintel',
      local: 'Films/Sintel',
      addon: 'kitsu:7442',
    };
    expect(references(external)).toEqual([
      'tmdb:tv/1429',
      'imdb:tt2560140',
      'shikimori:16498',
      'open:sintel',
      'local:Films/Sintel',
      'addon:kitsu:7442',
    ]);
  });

  it('have a part for each season that is told of apart', () => {
    const external = {
      shikimori: 16498,
      parts: [
        { season: 1, from: 1, shikimori: 16498, mal: 16498 },
        { season: 2, from: 1, shikimori: 25777 },
      ],
    };
    expect(references(external)).toEqual(['shikimori:16498', 'shikimori:25777']);
    expect(entriesOf(external)[1]).toMatchObject({ place: 'shikimori', season: 2 });
  });

  it('go by what is known', () => {
    expect(references({})).toEqual([]);
    expect(references({ tmdb: 603 })).toEqual(['tmdb:603']);
    expect(references({ tmdb: 603, tmdb_kind: 'movie' })).toEqual(['tmdb:movie/603']);
    expect(references({ mal: 5, imdb: null })).toEqual(['mal:5']);
  });

  it('lead to where people can look at them', () => {
    const urls = entriesOf({ tmdb: 603, tmdb_kind: 'movie', imdb: 'tt0133093', local: 'x' });
    expect(urls.map((one) => one.url)).toEqual([
      'https://www.themoviedb.org/movie/603',
      'https://www.imdb.com/title/tt0133093/',
      undefined,
    ]);
  });
});
