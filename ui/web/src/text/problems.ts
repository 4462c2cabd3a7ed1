// One sentence for people for everything that can go wrong.

import { Refused, Unreachable } from '../api/errors';
import type { Failure } from '../api/types';
import type { TextKey } from './en';
import { t } from './language.svelte';

const bySlug: Record<string, TextKey> = {
  'pin-wrong': 'problem_pin_wrong',
  'pin-not-shown': 'problem_pin_hidden',
  'no-source-plays': 'problem_no_source',
  'title-unknown': 'problem_title',
  'screen-unknown': 'problem_screen',
  'screen-away': 'problem_screen',
  'source-unknown': 'problem_source_gone',
  'source-unreachable': 'problem_source_silent',
  'disk-full': 'problem_full',
  'disk-read-only': 'problem_read_only',
  'shutting-down': 'problem_ending',
  superseded: 'problem_superseded',
  'session-unknown': 'problem_session',
  'stale-revision': 'problem_moved',
  'nothing-plays': 'problem_nothing',
  'no-other-source': 'problem_no_other',
};

const byReason: Record<string, TextKey> = {
  starved: 'failure_starved',
  'source-gone': 'failure_gone',
  'codec-unsupported': 'failure_codec',
  'media-unreadable': 'failure_unreadable',
  'screen-died': 'failure_screen',
  'cut-short': 'failure_cut',
  'no-peers': 'failure_no_peers',
  'torrent-bad': 'failure_torrent',
  'torrent-failed': 'failure_torrent',
  'no-video': 'failure_no_video',
  'player-failed': 'failure_player',
  'disk-full': 'failure_full',
  skipped: 'failure_skipped',
};

export function problemText(error: unknown): string {
  if (error instanceof Unreachable) return t('problem_unreachable');
  if (!(error instanceof Refused)) return t('problem_other', { detail: String(error) });
  if (error.status === 429) return t('problem_wait', { count: error.retryAfterS ?? 60 });
  const key = bySlug[error.slug];
  return key ? t(key) : t('problem_other', { detail: error.detail });
}

/** Why a source was left, and what came of it. */
export function failureText(failure: Failure, then: 'another' | 'none'): string {
  const key = byReason[failure.reason];
  const why = key ? t(key) : failure.detail.replace(/[.\s]+$/, '');
  return t(then === 'another' ? 'failure_another' : 'failure_none', { why });
}
