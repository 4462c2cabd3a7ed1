import { describe, expect, it } from 'vitest';
import { EXCHANGES, Measurement, median, offsetOf } from '../src/live/clock';

describe('the clock offset', () => {
  it('takes the daemon to answer halfway', () => {
    expect(offsetOf({ sentMs: 100, receivedMs: 140, serverMs: 5_120 })).toBe(5_000);
  });

  it('is the median of five, so that slow answers change nothing', () => {
    const measurement = new Measurement();
    // The true offset is 1000; two answers were held up on the way back.
    const roundTrips = [10, 400, 12, 900, 8];
    const results = roundTrips.map((tripMs, i) =>
      measurement.add({
        sentMs: i * 1000,
        receivedMs: i * 1000 + tripMs,
        serverMs: i * 1000 + 5 + 1000,
      }),
    );
    expect(results.slice(0, EXCHANGES - 1)).toEqual([undefined, undefined, undefined, undefined]);
    expect(Math.abs((results.at(-1) ?? NaN) - 1000)).toBeLessThan(10);
  });

  it('has a median of even counts and refuses none', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow();
  });
});
