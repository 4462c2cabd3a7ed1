// What is said while a title starts.
import { beforeEach, expect, it, vi } from 'vitest';
import * as api from '../src/api';
import type { RoomState } from '../src/api/types';
import { emptyMirror } from '../src/live/mirror';
import { house } from '../src/state/house.svelte';
import { start } from '../src/state/start.svelte';

vi.hoisted(() => {
  vi.stubGlobal('navigator', { languages: ['en'] });
  vi.stubGlobal('location', { hash: '' });
});

const session = (more: Partial<RoomState>): RoomState => ({
  room_id: 'ses_1',
  rev: 1,
  title_id: 'ttl_1',
  title: { en: 'Sintel' },
  screen_id: 'scr_1',
  phase: 'preparing',
  playing: false,
  position_ms: 0,
  server_ms: 0,
  rate: 1,
  volume: 50,
  ...more,
});

const notice = (from: string): NonNullable<RoomState['notice']> => ({
  from,
  to: 'src_next',
  failure: { reason: 'source-gone', detail: 'It is gone.' },
});

function plays(more: Partial<RoomState>) {
  const screen = { id: 'scr_1', name: 'TV', kind: 'tv' as const, connected: true };
  house.mirror = {
    ...emptyMirror,
    screens: { scr_1: screen },
    sessions: { ses_1: session(more) },
  };
}

beforeEach(() => {
  vi.spyOn(api, 'prepare').mockReturnValue(new Promise(() => undefined));
});

it('tells of a source that failed now, not of one that failed before', () => {
  plays({ notice: notice('src_old') });
  void start.play({ titleId: 'ttl_1' });
  expect(start.step).toBe('Opening the source');
  plays({ rev: 2, notice: notice('src_new') });
  expect(start.step).toBe('This source failed, trying another');
  start.clear();
});
