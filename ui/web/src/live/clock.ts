// How far the daemon's clock is from this browser's: the median of five exchanges, so that one
// slow answer over Wi-Fi changes nothing.

export interface Exchange {
  /** When the question left, on this browser's clock. */
  sentMs: number;
  /** When the answer came. */
  receivedMs: number;
  /** What the daemon's clock said in between. */
  serverMs: number;
}

export const EXCHANGES = 5;

/** What to add to this browser's clock to get the daemon's, by one exchange. */
export function offsetOf({ sentMs, receivedMs, serverMs }: Exchange): number {
  return serverMs - (sentMs + receivedMs) / 2;
}

export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('the median of nothing was asked for');
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2;
}

/** Collects the exchanges of one measurement; the offset is known when the last has come. */
export class Measurement {
  private readonly offsets: number[] = [];

  /** The offset, once there are enough exchanges. */
  add(exchange: Exchange): number | undefined {
    this.offsets.push(offsetOf(exchange));
    return this.offsets.length < EXCHANGES ? undefined : median(this.offsets);
  }
}
