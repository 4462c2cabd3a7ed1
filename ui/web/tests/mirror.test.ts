// The mirror, held to the cases that the daemon's own mirror runs too.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RoomState, ServerMessage } from '../src/api/types';
import { apply, emptyMirror, positionAt, sessionOn, type Mirror } from '../src/live/mirror';

interface Case {
  name: string;
  messages: ServerMessage[];
  expect: Mirror;
}

const folder = new URL('../../../tests/fixtures/mirror/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Case;

describe('the shared cases', () => {
  it('are there', () => expect(files.length).toBeGreaterThanOrEqual(8));

  for (const file of files) {
    const { name, messages, expect: expected } = read(file);
    it(`${file}: ${name}`, () => {
      const mirror = messages.reduce(apply, emptyMirror);
      expect(mirror).toEqual(expected);
    });
  }
});

const playing = read('play.json').expect.sessions;
const state = Object.values(playing)[0] as RoomState;

it('leaves the mirror it was given as it was', () => {
  const before = structuredClone(emptyMirror);
  apply(emptyMirror, { type: 'room_state', ...state });
  expect(emptyMirror).toEqual(before);
});

it('ignores what a newer daemon may say', () => {
  const message = { type: 'weather_event', degrees: 21 } as unknown as ServerMessage;
  expect(apply(emptyMirror, message)).toBe(emptyMirror);
});

describe('the position', () => {
  it('moves from the anchor while playing and stops at the end', () => {
    expect(positionAt(state, state.server_ms + 2_500)).toBe(state.position_ms + 2_500);
    expect(positionAt(state, state.server_ms + 1e9)).toBe(state.duration_ms);
  });

  it('does not go back when the clock is behind the anchor', () => {
    expect(positionAt(state, 0)).toBe(state.position_ms);
  });

  it('stands still while paused', () => {
    expect(positionAt({ ...state, rate: 0 }, state.server_ms + 9_000)).toBe(state.position_ms);
  });

  it('goes on where the length is not known', () => {
    const { duration_ms: _, ...endless } = state;
    expect(positionAt(endless, state.server_ms + 1e9)).toBe(state.position_ms + 1e9);
  });
});

it('finds the session of a screen', () => {
  const mirror = read('replicate.json').messages.reduce(apply, emptyMirror);
  expect(sessionOn(mirror, state.screen_id)?.title.en).toBe('Sintel');
  expect(sessionOn(mirror, undefined)).toBeUndefined();
});
