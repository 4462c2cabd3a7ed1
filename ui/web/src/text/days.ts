// Days as people call them: today, tomorrow, then by their name.

import type { UpcomingEpisode } from '../api/types';
import type { Language } from './speak';

const DAY_MS = 24 * 60 * 60_000;

export interface Day {
  /** `2026-11-28`, in the reader's time zone. */
  key: string;
  name: string;
  items: UpcomingEpisode[];
}

/** A service that knows the day only says its first moment in UTC. */
export const dayOnly = ({ at }: Pick<UpcomingEpisode, 'at'>): boolean => at % DAY_MS === 0;

function keyOf(ms: number, zone: string | undefined): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(ms);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

function nameOf(key: string, today: string, language: Language): string {
  const day = Date.parse(`${key}T00:00:00Z`);
  const away = Math.round((day - Date.parse(`${today}T00:00:00Z`)) / DAY_MS);
  const name =
    Math.abs(away) <= 1
      ? new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(away, 'day')
      : new Intl.DateTimeFormat(language, {
          timeZone: 'UTC',
          weekday: 'long',
          day: 'numeric',
          month: 'long',
        }).format(day);
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}

/** In their order; `zone` is the browser's unless a test says another. */
export function byDay(
  items: readonly UpcomingEpisode[],
  nowMs: number,
  language: Language,
  zone?: string,
): Day[] {
  const today = keyOf(nowMs, zone);
  const days = new Map<string, UpcomingEpisode[]>();
  for (const item of items) {
    const key = keyOf(item.at, dayOnly(item) ? 'UTC' : zone);
    days.set(key, [...(days.get(key) ?? []), item]);
  }
  return [...days]
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([key, own]) => ({ key, name: nameOf(key, today, language), items: own }));
}
