// Starting to watch: the box finds a source that opens, loads it on the screen, and plays.

import { prepare } from '../api';
import { Refused, Unpaired } from '../api/errors';
import type { RoomState } from '../api/types';
import { t } from '../text/language.svelte';
import { problemText } from '../text/problems';
import { house } from './house.svelte';
import { place } from './route.svelte';

export interface Wanted {
  titleId: string;
  episodeId?: string | null | undefined;
  sourceId?: string | null | undefined;
  /** Where to begin instead of where it was left. */
  startMs?: number | undefined;
}

export interface Trouble {
  sentence: string;
  /** A source of this title may still play: offer the list instead of the same again. */
  otherSource: boolean;
}

type Told = RoomState['notice'];

function isSame(one: Told, other: Told): boolean {
  return (
    one?.from === other?.from &&
    one?.to === other?.to &&
    one?.failure.reason === other?.failure.reason
  );
}

class Start {
  /** What is being started. */
  wanted = $state.raw<Wanted | undefined>();
  trouble = $state.raw<Trouble | undefined>();
  private starting = $state(false);
  /** What the screen had told before: it is no news of what is being started. */
  private toldBefore = $state.raw<Told>();
  /** A newer wish makes an older one void. */
  private turn = 0;

  get busy(): boolean {
    return this.wanted !== undefined && this.trouble === undefined;
  }

  /** What the box is doing now, in words. */
  readonly step = $derived.by(() => {
    if (this.starting) return t('step_starting', { screen: house.screen?.name ?? '' });
    const session = house.session;
    if (!session || session.title_id !== this.wanted?.titleId) return t('step_looking');
    const failed = session.notice && !isSame(session.notice, this.toldBefore);
    return failed && session.phase === 'preparing' ? t('step_next') : t('step_opening');
  });

  /** Whether this is about a title. */
  concerns(titleId: string): boolean {
    return this.wanted?.titleId === titleId;
  }

  async play(wanted: Wanted): Promise<void> {
    const screen = house.screen;
    if (!screen) return;
    const turn = (this.turn += 1);
    this.wanted = wanted;
    this.trouble = undefined;
    this.starting = false;
    this.toldBefore = house.session?.notice;
    try {
      const prepared = await prepare({
        title_id: wanted.titleId,
        screen_id: screen.id,
        ...(wanted.episodeId && { episode_id: wanted.episodeId }),
        ...(wanted.sourceId && { source_id: wanted.sourceId }),
        ...(wanted.startMs !== undefined && { start_ms: Math.round(wanted.startMs) }),
      });
      if (turn !== this.turn) return;
      this.starting = true;
      await house.command(prepared.session_id, 'play');
      if (turn !== this.turn) return;
      this.wanted = undefined;
      place.toRemote();
    } catch (error) {
      if (turn !== this.turn) return;
      if (error instanceof Unpaired) return this.clear();
      this.trouble = {
        sentence: problemText(error),
        otherSource: error instanceof Refused && !!wanted.sourceId,
      };
    }
  }

  async again(): Promise<void> {
    if (this.wanted) await this.play(this.wanted);
  }

  clear(): void {
    this.turn += 1;
    this.wanted = undefined;
    this.trouble = undefined;
  }
}

export const start = new Start();
