// Something that a person gives the box: read, refused in words, or taken.

import * as api from '../api/given';
import { Refused, Unpaired } from '../api/errors';
import type { GivenAnswer } from '../api/types';
import { t } from '../text/language.svelte';
import { problemText } from '../text/problems';

/** The daemon reads no more; sending it would be for nothing. */
const FILE_BYTES = 8 * 1024 * 1024;

export class Giving {
  busy = $state(false);
  problem = $state('');
  answer = $state.raw<GivenAnswer | undefined>();

  /** What became of it; nothing where it was refused, or is being read still. */
  async give(what: string | File, of: api.Of = {}): Promise<GivenAnswer | undefined> {
    if (this.busy) return undefined;
    this.problem = '';
    this.answer = undefined;
    if (what instanceof File && what.size > FILE_BYTES) {
      this.problem = t('problem_file');
      return undefined;
    }
    this.busy = true;
    try {
      this.answer = await (typeof what === 'string'
        ? api.give(what, of)
        : api.giveFile(what, of));
      return this.answer;
    } catch (error) {
      if (error instanceof Unpaired) return undefined;
      const large = error instanceof Refused && error.slug === 'too-large';
      this.problem = large ? t('problem_file') : problemText(error);
      return undefined;
    } finally {
      this.busy = false;
    }
  }
}

/** In a sentence, what was taken. */
export function taken(answer: GivenAnswer, of: api.Of = {}): string {
  const others = answer.left_out > 0 ? ` ${t('give_left_out', { count: answer.left_out })}` : '';
  const elsewhere =
    of.episodeId && answer.episode_id && answer.episode_id !== of.episodeId;
  const count = answer.given.titles.length;
  const said = elsewhere
    ? t('give_done_elsewhere')
    : count > 1
      ? t('give_done_titles', { count })
      : t('give_done');
  return said + others;
}
