import type { Title } from '../api/types';

/** The titles of both pages, each once: one that came late may come again on a later page. */
export function joined(known: readonly Title[], more: readonly Title[]): Title[] {
  const ids = new Set(known.map((title) => title.id));
  return [...known, ...more.filter((title) => !ids.has(title.id) && ids.add(title.id))];
}
