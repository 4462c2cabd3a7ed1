// Where in the app a person is. The address after `#` says it, so Back and links work, and the
// daemon serves one page.

import { tick } from 'svelte';
import { filtersOf, type Filters } from './filters';

export type Route =
  | { page: 'remote' }
  | { page: 'home' }
  | { page: 'search' }
  | { page: 'browse'; filters: Filters }
  | { page: 'calendar' }
  | { page: 'settings' }
  | { page: 'box' }
  | { page: 'providers' }
  | { page: 'title'; id: string; sources: boolean };

export function parse(hash: string): Route {
  const address = hash.replace(/^#\/?/, '');
  const browsed = /^browse(?:\/|(?=\?)|$)(.*)$/.exec(address);
  if (browsed) return { page: 'browse', filters: filtersOf(browsed[1] ?? '') };
  const [page, id, rest] = address.split('/');
  switch (page) {
    case 'home':
    case 'search':
    case 'calendar':
    case 'settings':
    case 'box':
    case 'providers':
      return { page };
    case 'title':
      if (id) return { page, id: decodeURIComponent(id), sources: rest === 'sources' };
  }
  return { page: 'remote' };
}

class Place {
  current: Route = $state.raw(parse(location.hash));
  private hash = location.hash;
  /** How many pages were opened; a rewritten address opens none. */
  steps = $state(0);
  private readonly scrolls = new Map<string, number>();

  /** Called when the address changes; keeps each page's scroll for the way back. */
  changed(): void {
    this.scrolls.set(this.hash, window.scrollY);
    this.hash = location.hash;
    this.steps += 1;
    this.current = parse(this.hash);
    const y = this.current.page === 'title' ? 0 : (this.scrolls.get(this.hash) ?? 0);
    void tick().then(() => window.scrollTo(0, y));
  }

  /** The address was rewritten without a step. */
  replaced(): void {
    this.hash = location.hash;
    this.current = parse(this.hash);
  }

  /** The same page says something else of itself: no step, nothing to go back to. */
  rewrite(hash: string): void {
    history.replaceState(null, '', hash);
    this.replaced();
  }

  go(hash: string): void {
    location.hash = hash;
  }

  /** What is playing is steered there. A sheet that led to it is not on the way back. */
  toRemote(): void {
    const fromSheet = this.current.page === 'title' && this.current.sources;
    if (fromSheet) location.replace('#/remote');
    else this.go('#/remote');
  }

  /** One step back; home when the page was opened directly. */
  back(otherwise = '#/home'): void {
    if (this.steps > 0) history.back();
    else location.replace(otherwise);
  }
}

export const place = new Place();

export const titleHash = (id: string, sources = false) =>
  `#/title/${encodeURIComponent(id)}${sources ? '/sources' : ''}`;
