// The three ways a call can go wrong. Each becomes one sentence for people in `text/problems.ts`.

import type { Problem } from './types';

/** The daemon answered with a problem. */
export class Refused extends Error {
  constructor(
    readonly slug: string,
    readonly detail: string,
    readonly status = 0,
    readonly retryAfterS?: number,
  ) {
    super(`${slug}: ${detail}`);
  }

  static async from(response: Response): Promise<Refused> {
    const problem: Partial<Problem> = await response.json().catch(() => ({}));
    const retryAfterS = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
    return new Refused(
      problem.slug ?? `http-${response.status}`,
      problem.detail ?? problem.title ?? response.statusText,
      response.status,
      Number.isNaN(retryAfterS) ? undefined : retryAfterS,
    );
  }
}

/** No answer came. */
export class Unreachable extends Error {
  constructor(cause?: unknown) {
    super('the box does not answer', { cause });
  }
}

/** This device has no token that the daemon takes; the pairing page is shown. */
export class Unpaired extends Error {
  constructor() {
    super('this device is not paired');
  }
}
