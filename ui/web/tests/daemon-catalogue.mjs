// The catalogue of the pretend daemon: lists long enough to scroll, filtered as the real ones are,
// and the days of new episodes.
import { id, titles } from './daemon-library.mjs';
import { pictured } from './daemon-pictures.mjs';

const first = ['Quiet', 'Last', 'Northern', 'Paper', 'Glass', 'Winter', 'Distant', 'Hidden'];
const second = ['Harbour', 'Signal', 'Orchard', 'Lanterns', 'Voyage', 'Garden', 'Machine'];
const russian = ['Тихая гавань', 'Последний сигнал', 'Зимний сад', 'Далёкий путь', 'Бумажный город'];
const genres = ['drama', 'science-fiction', 'adventure', 'comedy', 'slice-of-life', 'thriller'];
const kinds = ['film', 'series', 'anime'];
const countries = ['JP', 'RU', 'FR', 'US'];
const statuses = ['released', 'released', 'ongoing', 'announced'];

const many = Array.from({ length: 150 }, (_, i) => ({
  id: id('ttl', 0x1000 + i),
  type: kinds[i % 3],
  title: {
    en: `${first[i % first.length]} ${second[(i * 3) % second.length]}`,
    ru: russian[i % russian.length],
  },
  year: 1960 + ((i * 7) % 66),
  genres: [genres[i % genres.length], genres[(i + 2) % genres.length]],
  rating: 5 + ((i * 13) % 45) / 10,
  countries: [countries[i % countries.length]],
  status: statuses[i % statuses.length],
  overview: {},
  external: {},
  // Some have a picture, some have one that cannot be had, some have none.
  ...(i % 4 !== 3 && pictured('poster', i % 10 === 6 ? 'lost' : i)),
}));

export const catalogue = [...titles, ...many];

/** What a list answers: a page of what passes, and where the next begins. */
export function list(params) {
  const wanted = (name) => params.get(name);
  const items = catalogue.filter(
    (title) =>
      (!wanted('type') || title.type === wanted('type')) &&
      (!wanted('genre') || title.genres.includes(wanted('genre'))) &&
      (!wanted('year_from') || title.year >= Number(wanted('year_from'))) &&
      (!wanted('year_to') || title.year <= Number(wanted('year_to'))) &&
      (!wanted('rating_min') || title.rating >= Number(wanted('rating_min'))) &&
      (!wanted('country') || title.countries?.includes(wanted('country'))) &&
      (!wanted('status') || title.status === wanted('status')),
  );
  const from = Number(wanted('cursor') ?? 0);
  const to = from + Number(wanted('limit') ?? 20);
  const providers = [
    { id: 'tmdb', state: 'ok', took_ms: 80 },
    { id: 'shikimori', state: 'error', took_ms: 12_000, error: 'no answer within 12 s' },
  ];
  return { items: items.slice(from, to), providers, next: to < items.length ? String(to) : null };
}

export function genresOf(type) {
  const counts = new Map();
  for (const title of catalogue.filter((one) => !type || one.type === type))
    for (const genre of title.genres) counts.set(genre, (counts.get(genre) ?? 0) + 1);
  return { items: [...counts].map(([slug, titles]) => ({ id: slug, titles })) };
}

/** From now on, so that its first day is today or tomorrow. */
export function calendar() {
  const hour = 60 * 60_000;
  const at = Math.ceil(Date.now() / hour) * hour + 30 * 60_000;
  const shows = many.filter((title) => title.type !== 'film');
  const hours = [1, 2, 26, 27, 29, 50, 75, 98];
  const items = hours.map((away, i) => ({
    title: shows[i],
    at: at + away * hour,
    number: i + 3,
  }));
  const day = Math.ceil(Date.now() / (24 * hour)) * 24 * hour + 48 * hour;
  return { items: [...items, { title: shows[9], at: day }], providers: [] };
}
