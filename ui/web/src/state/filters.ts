// What a list of titles is narrowed by, and how the address says it. An address is typed and shared
// by people: what cannot be read in it is left out, never an error.

import type { TitleKind, TitleStatus } from '../api/types';

export const kinds = ['film', 'series', 'anime'] as const satisfies readonly TitleKind[];
export const orders = ['popular', 'trending', 'new', 'top', 'name'] as const;
export const statuses = [
  'announced',
  'ongoing',
  'released',
  'cancelled',
] as const satisfies readonly TitleStatus[];
export const ratings = [5, 6, 7, 8, 9] as const;

export type Order = (typeof orders)[number];

export interface Filters {
  /** All kinds unless said. */
  kind?: TitleKind | undefined;
  order: Order;
  genre?: string | undefined;
  yearFrom?: number | undefined;
  yearTo?: number | undefined;
  ratingMin?: number | undefined;
  /** ISO 3166-1, `JP`. */
  country?: string | undefined;
  status?: TitleStatus | undefined;
}

/** The first films are of that year. */
export const FIRST_YEAR = 1888;
const LAST_YEAR = 2099;

function one<T extends string>(known: readonly T[], text: string | null | undefined): T | undefined {
  return known.find((word) => word === text);
}

export function year(text: string | null): number | undefined {
  const number = /^\d{4}$/.test(text ?? '') ? Number(text) : 0;
  return number >= FIRST_YEAR && number <= LAST_YEAR ? number : undefined;
}

function rating(text: string | null): number | undefined {
  const number = text ? Number(text) : 0;
  return number > 0 && number <= 10 ? number : undefined;
}

/** `film?order=top&genre=drama`, the address after `#/browse/`. */
export function filtersOf(address: string): Filters {
  const [kind, words] = address.split('?', 2);
  const values = new URLSearchParams(words);
  const genre = values.get('genre') ?? '';
  const country = (values.get('country') ?? '').toUpperCase();
  return {
    kind: one(kinds, kind),
    order: one(orders, values.get('order')) ?? 'popular',
    genre: /^[a-z0-9-]{1,40}$/.test(genre) ? genre : undefined,
    ...inOrder(year(values.get('from')), year(values.get('to'))),
    ratingMin: rating(values.get('rating')),
    country: /^[A-Z]{2}$/.test(country) ? country : undefined,
    status: one(statuses, values.get('status')),
  };
}

/** The earlier year first, however they were typed. */
export function inOrder(
  a: number | undefined,
  b: number | undefined,
): Pick<Filters, 'yearFrom' | 'yearTo'> {
  const swap = a !== undefined && b !== undefined && a > b;
  return swap ? { yearFrom: b, yearTo: a } : { yearFrom: a, yearTo: b };
}

const said = (values: Record<string, string | number | undefined>): string => {
  const known = Object.entries(values).filter(([, value]) => value !== undefined);
  return new URLSearchParams(known.map(([name, value]) => [name, String(value)])).toString();
};

export function browseHash(filters: Filters): string {
  const words = said({
    order: filters.order === 'popular' ? undefined : filters.order,
    genre: filters.genre,
    from: filters.yearFrom,
    to: filters.yearTo,
    rating: filters.ratingMin,
    country: filters.country,
    status: filters.status,
  });
  return `#/browse${filters.kind ? `/${filters.kind}` : ''}${words && `?${words}`}`;
}

/** The daemon's list: its path and query, after `/api/v1/`. */
export function listPath(filters: Filters, cursor?: string): string {
  const byName = filters.order === 'name';
  const words = said({
    sort: byName ? 'name' : undefined,
    type: filters.kind,
    genre: filters.genre,
    year_from: filters.yearFrom,
    year_to: filters.yearTo,
    rating_min: filters.ratingMin,
    country: filters.country,
    status: filters.status,
    cursor,
    limit: 40,
  });
  return `media/${byName ? 'search' : filters.order}?${words}`;
}

/** Those that can be taken away one by one: not the kind, not the order. */
export const narrowing = ['genre', 'years', 'ratingMin', 'country', 'status'] as const;
export type Narrowing = (typeof narrowing)[number];

export function isNarrowed(filters: Filters, by: Narrowing): boolean {
  if (by === 'years') return filters.yearFrom !== undefined || filters.yearTo !== undefined;
  return filters[by] !== undefined;
}

export function without(filters: Filters, by: Narrowing): Filters {
  return by === 'years'
    ? { ...filters, yearFrom: undefined, yearTo: undefined }
    : { ...filters, [by]: undefined };
}
