// Subtitles in words: what one is, and how the search for more goes.

import type { SubtitleSearch, SubtitleTrack } from '../api/types';
import { languageName, providerName } from './format';
import { language, t } from './language.svelte';
import { serviceText } from './problems';

export function trackText(track: SubtitleTrack, number: number): string {
  const parts = [
    track.language && languageName(track.language, language.current),
    track.label,
    track.forced && t('subtitles_forced'),
    track.hearing_impaired && t('subtitles_with_sounds'),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(' · ') : t('subtitles_number', { number });
}

interface SearchText {
  /** What the line that looks for more says. */
  line: string;
  /** How the last search went. */
  outcome?: string;
}

export function searchText(search: SubtitleSearch | null | undefined): SearchText {
  if (!search) return { line: t('subtitles_find') };
  if (search.running) return { line: t('subtitles_finding') };
  const line = t('subtitles_find_again');
  const { found: count } = search;
  const found = count > 0 && t('subtitles_found', { count });
  const failed = search.failed?.[0];
  if (!failed) return { line, outcome: found || t('subtitles_none') };
  const why = t('subtitles_failed', {
    provider: providerName(failed.provider),
    why: serviceText(failed),
  });
  return { line, outcome: found ? `${found}. ${why}` : why };
}
