// Lists of the catalogue as far as they were scrolled. Kept while the page is open, so that the way
// back from a title leads to the same place in the same list.

import * as api from '../api';
import { Unpaired } from '../api/errors';
import type { ProviderStatus, Title, UpcomingEpisode } from '../api/types';
import { problemText } from '../text/problems';
import { browseHash, type Filters } from './filters';
import { joined } from './joined';

const KEPT = 12;
/** An older list is begun anew when it is opened again; one that was scrolled far is not cut short. */
const FRESH_MS = 10 * 60_000;
/** A service that was too slow answers from the box's memory soon after. */
const AGAIN_MS = 2_000;
const MOST_AGAIN = 3;

export class Listing {
  items = $state.raw<Title[]>([]);
  providers = $state.raw<ProviderStatus[]>([]);
  /** The first page has come. */
  begun = $state(false);
  loading = $state(false);
  next = $state<string | undefined>();
  problem = $state('');
  private at = 0;
  private pages = 0;
  private again = 0;
  private asked = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(readonly filters: Filters) {}

  /** Called when it is looked at. */
  open(): void {
    const stale = this.pages <= 1 && Date.now() - this.at > FRESH_MS;
    if (!this.begun || this.problem || stale) void this.begin();
  }

  /** Called when it is looked at no more. */
  close(): void {
    clearTimeout(this.timer);
  }

  begin(): Promise<void> {
    this.again = 0;
    return this.ask();
  }

  async more(): Promise<void> {
    if (this.next !== undefined && !this.loading) await this.ask(this.next);
  }

  private async ask(cursor?: string): Promise<void> {
    clearTimeout(this.timer);
    const asked = (this.asked += 1);
    this.loading = true;
    this.problem = '';
    try {
      const page = await api.list(this.filters, cursor);
      // The list was begun anew meanwhile.
      if (asked !== this.asked) return;
      this.items = joined(cursor ? this.items : [], page.items);
      this.next = page.next ?? undefined;
      this.pages = cursor ? this.pages + 1 : 1;
      if (!cursor) {
        this.providers = page.providers;
        this.at = Date.now();
        this.begun = true;
        this.waitForTheSlow();
      }
    } catch (error) {
      if (asked !== this.asked) return;
      if (!(error instanceof Unpaired)) this.problem = problemText(error);
    }
    this.loading = false;
  }

  private waitForTheSlow(): void {
    const slow = this.providers.some((one) => one.state === 'pending');
    if (!slow || this.again >= MOST_AGAIN) return;
    this.timer = setTimeout(() => {
      // A list that is scrolled through does not change under the finger.
      if (window.scrollY > 0) return;
      this.again += 1;
      void this.ask();
    }, AGAIN_MS);
  }
}

class Calendar {
  items = $state.raw<UpcomingEpisode[] | undefined>();
  providers = $state.raw<ProviderStatus[]>([]);
  problem = $state('');

  async load(): Promise<void> {
    try {
      const page = await api.calendar();
      this.items = page.items;
      this.providers = page.providers;
      this.problem = '';
    } catch (error) {
      if (!(error instanceof Unpaired)) this.problem = problemText(error);
    }
  }
}

export const calendar = new Calendar();

const listings = new Map<string, Listing>();

/** The list of these filters, with what of it was seen before. */
export function listing(filters: Filters): Listing {
  const key = browseHash(filters);
  const known = listings.get(key) ?? new Listing(filters);
  // The one looked at last stays longest.
  listings.delete(key);
  listings.set(key, known);
  const [oldest] = listings.keys();
  if (listings.size > KEPT && oldest !== undefined) listings.delete(oldest);
  return known;
}

/** Every title that was seen here. */
export function browsed(): Title[] {
  return [
    ...[...listings.values()].flatMap((list) => list.items),
    ...(calendar.items ?? []).map((one) => one.title),
  ];
}

export function forgetBrowsed(): void {
  for (const list of listings.values()) list.close();
  listings.clear();
  calendar.items = undefined;
  calendar.providers = [];
}
