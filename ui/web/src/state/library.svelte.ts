// What was read of the library: kept while the page is open, so that going back is instant.

import * as api from '../api';
import { Unpaired } from '../api/errors';
import type { HomeRow, ProviderStatus, Title, TitleDetail } from '../api/types';
import { problemText } from '../text/problems';
import { browsed, forgetBrowsed } from './browse.svelte';
import { joined } from './joined';
import { isLink } from './links';

const TYPING_MS = 150;
/** No title is longer. */
const LONGEST = 100;

class Home {
  rows = $state.raw<HomeRow[] | undefined>();
  problem = $state('');

  async load(): Promise<void> {
    try {
      this.rows = (await api.home()).rows;
      this.problem = '';
    } catch (error) {
      if (!(error instanceof Unpaired)) this.problem = problemText(error);
    }
  }
}

class Search {
  query = $state('');
  items = $state.raw<Title[]>([]);
  providers = $state.raw<ProviderStatus[]>([]);
  /** The query that `items` answer; undefined before the first answer. */
  answered = $state<string | undefined>();
  next = $state<string | undefined>();
  problem = $state('');
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: AbortController | undefined;

  /** As it is typed. What was found before stays until the new answer is there. */
  type(query: string): void {
    this.query = query;
    clearTimeout(this.timer);
    this.running?.abort();
    // A link is opened, not looked for.
    if (!query.trim() || isLink(query)) {
      this.items = [];
      this.providers = [];
      this.next = this.answered = undefined;
      this.problem = '';
      return;
    }
    this.timer = setTimeout(() => void this.ask(), TYPING_MS);
  }

  async ask(cursor?: string): Promise<void> {
    const running = new AbortController();
    this.running?.abort();
    this.running = running;
    const query = this.query.trim().slice(0, LONGEST);
    try {
      const page = await api.search(query, running.signal, cursor);
      if (running.signal.aborted) return;
      this.items = joined(cursor ? this.items : [], page.items);
      if (!cursor) this.providers = page.providers;
      this.next = page.next ?? undefined;
      this.answered = query;
      this.problem = '';
    } catch (error) {
      if (!running.signal.aborted && !(error instanceof Unpaired))
        this.problem = problemText(error);
    }
  }
}

/** One title's page. */
export class TitlePage {
  detail = $state.raw<TitleDetail | undefined>();
  similar = $state.raw<Title[]>([]);
  problem = $state('');

  constructor(
    readonly id: string,
    known: TitleDetail | undefined,
  ) {
    this.detail = known;
  }

  async load(): Promise<void> {
    try {
      this.detail = await api.title(this.id);
      this.problem = '';
      this.similar = (await api.similar(this.id)).items;
    } catch (error) {
      if (!(error instanceof Unpaired)) this.problem = problemText(error);
    }
  }
}

export const home = new Home();
export const search = new Search();

const pages = new Map<string, TitlePage>();

/** The page of a title; what a card already knew of it is shown until the rest has come. */
export function titlePage(id: string): TitlePage {
  let page = pages.get(id);
  if (!page) {
    const known = [
      ...(home.rows ?? []).flatMap((row) => row.items.map((item) => item.title)),
      ...search.items,
      ...browsed(),
    ].find((title) => title.id === id);
    page = new TitlePage(id, known && { ...known, episodes: [] });
    pages.set(id, page);
  }
  return page;
}

/** It is no longer what was known of it. */
export function forgetTitle(id: string): void {
  pages.delete(id);
}

/** After unpairing nothing of the house stays. */
export function forgetLibrary(): void {
  home.rows = undefined;
  search.type('');
  forgetBrowsed();
  pages.clear();
}
