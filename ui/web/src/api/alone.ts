// One tab at a time. A refresh token is good once, and using it twice unpairs the device, so two
// tabs of this page must not refresh together. The browser's own locks exist only over HTTPS; a
// box on the LAN is plain HTTP, so the lock lies in the storage the tabs share.

import type { Keep } from './keep';

/** A tab that closed while holding the lock gives it up after this. */
const HELD_MS = 10_000;
/** Long enough for another tab's write to be seen. */
const SETTLE_MS = 30;
const RETRY_MS = 60;

const pause = (ms: number) => new Promise<void>((wake) => setTimeout(wake, ms));

export async function alone<T>(keep: Keep, key: string, work: () => Promise<T>): Promise<T> {
  const me = Math.random().toString(36).slice(2);
  for (;;) {
    const [holder, until] = (keep.getItem(key) ?? '').split(' ');
    if (holder && Number(until) > Date.now()) {
      await pause(RETRY_MS);
      continue;
    }
    const mine = `${me} ${Date.now() + HELD_MS}`;
    keep.setItem(key, mine);
    await pause(SETTLE_MS);
    if (keep.getItem(key) !== mine) continue;
    try {
      return await work();
    } finally {
      if (keep.getItem(key) === mine) keep.removeItem(key);
    }
  }
}
