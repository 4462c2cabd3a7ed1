// One quiet line at the foot of the page: what was refused, or what changed by itself.

import { problemText } from '../text/problems';

const SHOWN_MS = 6_000;

export interface Notice {
  text: string;
  bad: boolean;
}

class Notices {
  current = $state.raw<Notice | undefined>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string, bad = false): void {
    this.current = { text, bad };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.clear(), SHOWN_MS);
  }

  problem(error: unknown): void {
    this.say(problemText(error), true);
  }

  clear(): void {
    this.current = undefined;
  }
}

export const notices = new Notices();
