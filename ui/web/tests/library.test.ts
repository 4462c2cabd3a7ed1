// Small pure rules: what Play means, what the address says, how a stream of events is read.
import { describe, expect, it } from 'vitest';
import { events } from '../src/api/stream';
import type { EpisodeDetail, Progress, TitleDetail } from '../src/api/types';
import { look, MOTIFS, typeSize } from '../src/parts/poster';
import { inOrder, nextUp } from '../src/state/next';
import { deviceName } from '../src/text/device';

const episode = (season: number, number: number): EpisodeDetail => ({
  id: `ep_${season}_${number}`,
  title_id: 'ttl_1',
  season,
  number,
  title: {},
});

const progress = (values: Partial<Progress>): Progress => ({
  title_id: 'ttl_1',
  position_ms: 60_000,
  duration_ms: 600_000,
  watched_at: 0,
  finished: false,
  ...values,
});

const title = (episodes: EpisodeDetail[], watched?: Progress): TitleDetail => ({
  id: 'ttl_1',
  type: episodes.length > 0 ? 'series' : 'film',
  title: { en: 'A' },
  genres: [],
  overview: {},
  external: {},
  episodes,
  ...(watched && { progress: watched }),
});

describe('what Play means', () => {
  const all = [episode(0, 1), episode(2, 1), episode(1, 2), episode(1, 1)];

  it('a film from its beginning, or from where it was left', () => {
    expect(nextUp(title([]))).toEqual({ resumeMs: 0 });
    expect(nextUp(title([], progress({})))).toEqual({ resumeMs: 60_000 });
    expect(nextUp(title([], progress({ finished: true })))).toEqual({ resumeMs: 0 });
    expect(nextUp(title([], progress({ position_ms: 900 })))).toEqual({ resumeMs: 0 });
  });

  it('the first episode, with the specials last', () => {
    expect(inOrder(all).map((one) => one.id)).toEqual(['ep_1_1', 'ep_1_2', 'ep_2_1', 'ep_0_1']);
    expect(nextUp(title(all))).toMatchObject({ episode: { id: 'ep_1_1' }, resumeMs: 0 });
  });

  it('the episode that was left, or the one after a finished one', () => {
    const at = (values: Partial<Progress>) =>
      nextUp(title(all, progress({ episode_id: 'ep_1_2', ...values })));
    expect(at({})).toMatchObject({ episode: { id: 'ep_1_2' }, resumeMs: 60_000 });
    expect(at({ finished: true })).toMatchObject({ episode: { id: 'ep_2_1' }, resumeMs: 0 });
  });

  it('the first episode when the one that was left is gone', () => {
    const lost = progress({ episode_id: 'ep_9_9' });
    expect(nextUp(title(all, lost))).toMatchObject({ episode: { id: 'ep_1_1' }, resumeMs: 0 });
  });
});

describe('a stream of events', () => {
  async function read(text: string) {
    const bytes = new TextEncoder().encode(text);
    // Cut anywhere, in the middle of letters too.
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of bytes) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    const found = [];
    for await (const event of events(body)) found.push(event);
    return found;
  }

  it('is read whole however it is cut', async () => {
    const text =
      'event: item\ndata: {"name":"Синтел"}\n\n: still here\n\nevent:done\r\ndata:{}\r\n\r\n';
    expect(await read(text)).toEqual([
      { event: 'item', data: '{"name":"Синтел"}' },
      { event: 'done', data: '{}' },
    ]);
  });

  it('joins lines of data and drops an event that was cut off', async () => {
    expect(await read('data: a\ndata: b\n\nevent: item\ndata: lost')).toEqual([
      { event: 'message', data: 'a\nb' },
    ]);
  });
});

describe('a poster without a picture', () => {
  it('looks the same every time, and titles look different', () => {
    const ids = Array.from({ length: 60 }, (_, i) => `ttl_${i.toString(16).padStart(32, '0')}`);
    expect(look('ttl_1')).toEqual(look('ttl_1'));
    expect(new Set(ids.map((id) => look(id).hue)).size).toBeGreaterThan(10);
    expect(new Set(ids.map((id) => look(id).motif)).size).toBe(MOTIFS);
  });

  it('sets long words smaller', () => {
    expect(typeSize('Sintel')).toBeGreaterThan(typeSize('Доисторическая'));
  });
});

it('names a device after what the browser says', () => {
  const phone =
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1';
  expect(deviceName(phone)).toBe('iPhone · Safari');
  expect(deviceName('')).toBe('Browser');
});
