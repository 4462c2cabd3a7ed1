// The box knows no time zone by itself: a browser tells its own once, and the owner chooses.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { device, setTimeZone } from '../src/api/device';
import { tellZone, timeIn, zones } from '../src/state/zones';

vi.mock('../src/api/device', () => ({ device: vi.fn(), setTimeZone: vi.fn() }));

const WINTER = Date.UTC(2026, 10, 29, 12);
const SUMMER = Date.UTC(2026, 6, 1, 12);

describe('the time zone that is told', () => {
  beforeEach(() => vi.resetAllMocks());

  const toldWhen = async (known: string | null, zone: string | undefined) => {
    vi.mocked(device).mockResolvedValue({ time_zone: known } as never);
    await tellZone(zone);
    return vi.mocked(setTimeZone).mock.calls.flat();
  };

  it('is the browser’s, where nobody has told one', async () => {
    expect(await toldWhen(null, 'Asia/Vladivostok')).toEqual(['Asia/Vladivostok']);
    vi.resetAllMocks();
    expect(await toldWhen('Europe/Berlin', 'Asia/Vladivostok')).toEqual([]);
  });

  it('is nothing that a browser says to hide where it is', async () => {
    for (const none of ['UTC', 'Etc/UTC', 'Etc/Unknown', ''])
      expect(await toldWhen(null, none), none).toEqual([]);
  });

  it('troubles nobody when the box does not take it', async () => {
    vi.mocked(device).mockRejectedValue(new Error('away'));
    await tellZone('Asia/Vladivostok');
    vi.mocked(device).mockResolvedValue({ time_zone: null } as never);
    vi.mocked(setTimeZone).mockRejectedValue(new Error('another was first'));
    await tellZone('Asia/Vladivostok');
    expect(setTimeZone).toHaveBeenCalledOnce();
  });
});

describe('the time zones to choose among', () => {
  const labelOf = (id: string, kept?: string, atMs = WINTER) =>
    zones(kept, atMs).find((zone) => zone.id === id)?.label;

  it('are named by their city and by what their clocks say', () => {
    expect(labelOf('Asia/Vladivostok')).toBe('Asia/Vladivostok, GMT+10');
    expect(labelOf('America/New_York')).toBe('America/New York, GMT-5');
    expect(labelOf('America/New_York', undefined, SUMMER)).toBe('America/New York, GMT-4');
  });

  it('hold what is kept once, whatever this browser calls it', () => {
    for (const kept of ['Asia/Vladivostok', 'Asia/Calcutta', 'Europe/Kyiv', 'Mars/Olympus']) {
      const same = zones(kept, WINTER).filter((zone) => zone.id === kept);
      expect(same.length, kept).toBe(1);
    }
    expect(labelOf('Mars/Olympus', 'Mars/Olympus')).toBe('Mars/Olympus');
  });

  it('say what time it is there', () => {
    expect(timeIn('Asia/Vladivostok', WINTER, 'ru')).toBe('22:00');
    expect(timeIn('Mars/Olympus', WINTER, 'ru')).toBeUndefined();
  });
});
