// Times, sizes and names as people read them.

import type { Episode, Names, RoomState } from '../api/types';
import { t } from './language.svelte';
import type { Language } from './speak';

/** `41:20`, `1:02:03`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}`
    : `${minutes}:${pad(seconds % 60)}`;
}

export function length(minutes: number): string {
  return minutes < 60
    ? t('minutes', { minutes })
    : t('hours', { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
}

export function size(bytes: number, language: Language): string {
  const units = ['megabyte', 'gigabyte', 'terabyte'] as const;
  let value = bytes / 1e6;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit: units[unit] as string,
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value);
}

/** `ru` → `Russian`; the code itself where nobody knows it. */
export function languageName(code: string, language: Language): string {
  try {
    return new Intl.DisplayNames([language], { type: 'language' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** The text for a reader of `language`, or the best there is. */
export function best(names: Names | undefined, language: Language): string {
  if (!names) return '';
  const order =
    language === 'ru' ? [names.ru, names.en, names.original] : [names.en, names.original, names.ru];
  return [...order, names.original, names.en, names.ru].find((name) => name) ?? '';
}

export function episodeName(episode: Episode, language: Language): string {
  return best(episode.title, language) || t('episode_number', { number: episode.number });
}

export function episodeCode({ season, number }: Pick<Episode, 'season' | 'number'>): string {
  return t('episode_code', { season, number });
}

/** Which episode is on; nothing for a film. */
export function episodeOn({ season, number }: RoomState): string | undefined {
  return season == null || number == null ? undefined : episodeCode({ season, number });
}

/** ISO 3166-1, `JP` → `Japan`; the code itself where nobody knows it. */
export function countryName(code: string, language: Language): string {
  try {
    return new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** For a name within a sentence: that of a magnet may be as long as a page. */
export function shortened(name: string, letters = 60): string {
  const all = [...name];
  return all.length > letters ? `${all.slice(0, letters - 1).join('')}…` : name;
}

const services: Record<string, string> = {
  tmdb: 'TMDB',
  shikimori: 'Shikimori',
  opensubtitles: 'OpenSubtitles',
};

/** `h264` → `H.264`, as it is written. */
export const codecName = (codec: string): string =>
  codec.toUpperCase().replace(/^H26/, 'H.26');

/** Addons and indexers go by what their owner called them: `torznab:home` → `home`. */
export const providerName = (id: string): string =>
  services[id] ?? id.slice(id.indexOf(':') + 1);
