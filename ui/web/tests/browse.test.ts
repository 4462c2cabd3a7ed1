// The filters of the catalogue as the address says them, the days of the calendar, and pages that
// overlap.
import { describe, expect, it } from 'vitest';
import type { Title, UpcomingEpisode } from '../src/api/types';
import {
  browseHash,
  filtersOf,
  inOrder,
  isNarrowed,
  listPath,
  narrowing,
  without,
  type Filters,
} from '../src/state/filters';
import { joined } from '../src/state/joined';
import { byDay } from '../src/text/days';
import { genre } from '../src/text/genres';

const title = (id: string): Title => ({
  id,
  type: 'anime',
  title: {},
  genres: [],
  overview: {},
  external: {},
});

const all: Filters = {
  kind: 'series',
  order: 'top',
  genre: 'science-fiction',
  yearFrom: 1990,
  yearTo: 1999,
  ratingMin: 7,
  country: 'JP',
  status: 'released',
};

const back = (hash: string) => filtersOf(hash.replace(/^#\/browse\/?/, ''));

describe('the filters', () => {
  it('are the same after a way through the address', () => {
    const some: Filters[] = [
      all,
      { order: 'popular' },
      { kind: 'anime', order: 'popular' },
      { order: 'name', yearTo: 1930 },
      { kind: 'film', order: 'new', country: 'RU' },
      ...narrowing.map((by) => without(all, by)),
    ];
    for (const filters of some) expect(back(browseHash(filters))).toEqual(filters);
  });

  it('leave a short address where nothing is chosen', () => {
    expect(browseHash({ order: 'popular' })).toBe('#/browse');
    expect(browseHash({ kind: 'film', order: 'popular' })).toBe('#/browse/film');
    expect(browseHash({ order: 'new' })).toBe('#/browse?order=new');
  });

  it('leave out what cannot be read', () => {
    const address =
      'cartoon?order=best&genre=../x&from=12&to=later&rating=11&country=JPN&status=lost';
    expect(filtersOf(address)).toEqual({ order: 'popular' });
    expect(filtersOf('film?country=jp&rating=6.5')).toEqual({
      kind: 'film',
      order: 'popular',
      country: 'JP',
      ratingMin: 6.5,
    });
  });

  it('put the years in order', () => {
    expect(inOrder(2001, 1968)).toEqual({ yearFrom: 1968, yearTo: 2001 });
    expect(filtersOf('?from=2001&to=1968')).toMatchObject({ yearFrom: 1968, yearTo: 2001 });
    expect(inOrder(undefined, 1968)).toEqual({ yearFrom: undefined, yearTo: 1968 });
  });

  it('are taken away one by one', () => {
    const left = narrowing.reduce(without, all);
    expect(narrowing.filter((by) => isNarrowed(all, by))).toEqual([...narrowing]);
    expect(narrowing.filter((by) => isNarrowed(left, by))).toEqual([]);
    expect(left).toMatchObject({ kind: 'series', order: 'top' });
  });

  it('are asked of the list of their order', () => {
    const parts = (filters: Filters, cursor?: string) => {
      const [path, words] = listPath(filters, cursor).split('?');
      return { path, ...Object.fromEntries(new URLSearchParams(words)) };
    };
    expect(parts(all, 'next')).toEqual({
      path: 'media/top',
      type: 'series',
      genre: 'science-fiction',
      year_from: '1990',
      year_to: '1999',
      rating_min: '7',
      country: 'JP',
      status: 'released',
      cursor: 'next',
      limit: '40',
    });
    expect(parts({ order: 'trending' })).toEqual({ path: 'media/trending', limit: '40' });
    expect(parts({ order: 'name' })).toEqual({ path: 'media/search', sort: 'name', limit: '40' });
  });
});

describe('the days of the calendar', () => {
  const at = (text: string, number?: number): UpcomingEpisode => ({
    title: title(text),
    at: Date.parse(text),
    ...(number !== undefined && { number }),
  });
  const now = Date.parse('2026-11-28T20:00:00Z');
  const names = (items: UpcomingEpisode[], language: 'ru' | 'en', zone: string) =>
    byDay(items, now, language, zone).map((day) => [
      day.name,
      day.items.map((one) => one.title.id),
    ]);

  it('are those of the reader', () => {
    const late = at('2026-11-28T22:30:00Z', 3);
    const noon = at('2026-11-29T09:00:00Z', 4);
    expect(names([late, noon], 'en', 'UTC')).toEqual([
      ['Today', ['2026-11-28T22:30:00Z']],
      ['Tomorrow', ['2026-11-29T09:00:00Z']],
    ]);
    // In Moscow it is 23:00 now, and 01:30 tomorrow then.
    expect(names([late, noon], 'ru', 'Europe/Moscow')).toEqual([
      ['Завтра', ['2026-11-28T22:30:00Z', '2026-11-29T09:00:00Z']],
    ]);
  });

  it('are said by their names further away', () => {
    const items = [
      at('2026-11-27T23:00:00Z'),
      at('2026-12-03T10:00:00Z'),
      at('2026-12-10T10:00:00Z'),
    ];
    expect(names(items, 'en', 'UTC').map(([name]) => name)).toEqual([
      'Yesterday',
      'Thursday, December 3',
      'Thursday, December 10',
    ]);
    expect(names(items, 'ru', 'UTC').map(([name]) => name)).toEqual([
      'Вчера',
      'Четверг, 3 декабря',
      'Четверг, 10 декабря',
    ]);
  });

  it('stay the service’s where only the day is known', () => {
    const day = at('2026-11-30T00:00:00Z');
    expect(byDay([day], now, 'en', 'America/New_York')[0]?.key).toBe('2026-11-30');
  });
});

it('shows a title once, however often it comes', () => {
  const ids = (...names: string[]) => names.map(title);
  expect(joined(ids('a', 'b'), ids('b', 'c', 'c')).map((one) => one.id)).toEqual(['a', 'b', 'c']);
});

it('says genres of every service in both languages', () => {
  expect(genre('slice-of-life', 'ru')).toBe('Повседневность');
  expect(genre('sci-fi', 'en')).toBe('Science fiction');
  expect(genre('never-heard', 'ru')).toBe('Never heard');
});
