// What Play means for a title: the film from where it was left, or the episode that comes next.

import type { EpisodeDetail, TitleDetail } from '../api/types';

export interface NextUp {
  episode?: EpisodeDetail;
  /** Above 0: go on from there. */
  resumeMs: number;
}

/** Below this there is nothing to go on from. */
const BEGUN_MS = 5_000;

export function inOrder(episodes: readonly EpisodeDetail[]): EpisodeDetail[] {
  // Specials come last: nobody begins a series with them.
  const rank = (season: number) => (season === 0 ? Infinity : season);
  return [...episodes].sort((a, b) => rank(a.season) - rank(b.season) || a.number - b.number);
}

export function nextUp(detail: TitleDetail): NextUp {
  const { progress } = detail;
  const begun = progress && !progress.finished && progress.position_ms >= BEGUN_MS;
  const resumeMs = begun ? progress.position_ms : 0;
  const episodes = inOrder(detail.episodes);
  const first = episodes[0];
  if (!first) return { resumeMs };
  const at = episodes.findIndex((episode) => episode.id === progress?.episode_id);
  const last = episodes[at];
  if (!last) return { episode: first, resumeMs: 0 };
  if (!progress?.finished) return { episode: last, resumeMs };
  return { episode: episodes[at + 1] ?? last, resumeMs: 0 };
}
