// This browser's copy of the house's live state. One path for joining, reconnecting and catching
// up: every message goes through `apply`. The same rules as the daemon's `Mirror`; both are held
// to the cases in tests/fixtures/mirror at the top of the repository.

import type { RoomState, ScreenInfo, ServerMessage, ServerMs } from '../api/types';

export interface Mirror {
  readonly sessions: Readonly<Record<string, RoomState>>;
  readonly screens: Readonly<Record<string, ScreenInfo>>;
  /** False from (re)connecting until `replicated`. */
  readonly whole: boolean;
}

export const emptyMirror: Mirror = { sessions: {}, screens: {}, whole: false };

export function apply(mirror: Mirror, message: ServerMessage): Mirror {
  switch (message.type) {
    case 'room_state': {
      const { type: _, ...state } = message;
      return { ...mirror, sessions: { ...mirror.sessions, [state.room_id]: state } };
    }
    case 'screen_state': {
      const { type: _, ...screen } = message;
      return { ...mirror, screens: { ...mirror.screens, [screen.id]: screen } };
    }
    case 'screen_gone':
      return { ...mirror, screens: without(mirror.screens, message.screen_id) };
    case 'replicated':
      return {
        sessions: only(mirror.sessions, message.sessions),
        screens: only(mirror.screens, message.screens),
        whole: true,
      };
    case 'session_ended':
      return { ...mirror, sessions: without(mirror.sessions, message.session_id) };
    case 'play_event':
      return patch(mirror, message, () => ({ ...moved(message, true), phase: 'playing' }));
    case 'pause_event':
      return patch(mirror, message, () => ({ ...moved(message, false), phase: 'paused' }));
    case 'seek_event':
      return patch(mirror, message, (state) => moved(message, state.playing));
    case 'state_sync':
      return patch(mirror, message, (state) => ({
        ...moved(message, message.playing),
        phase: message.phase,
        duration_ms: message.duration_ms ?? state.duration_ms,
        buffered_ms: message.buffered_ms ?? undefined,
      }));
    case 'volume_event':
      return patch(mirror, message, () => ({ volume: message.volume }));
    case 'source_event':
      return patch(mirror, message, (state) => ({
        source_id: message.change.to ?? state.source_id,
        notice: message.change,
      }));
    // Answers to this client, and whatever a newer daemon says beyond this list.
    default:
      return mirror;
  }
}

/** The session on a screen. */
export function sessionOn(mirror: Mirror, screenId: string | undefined): RoomState | undefined {
  return Object.values(mirror.sessions).find((state) => state.screen_id === screenId);
}

/** Where the film is at `nowMs` of the daemon's clock; never past its end where that is known. */
export function positionAt(state: RoomState, nowMs: ServerMs): number {
  const elapsedMs = Math.max(0, nowMs - state.server_ms);
  const positionMs = state.position_ms + Math.trunc(Math.max(0, elapsedMs * state.rate));
  return Math.min(positionMs, state.duration_ms ?? Infinity);
}

interface Moved {
  position_ms: number;
  server_ms: ServerMs;
}

function moved({ position_ms, server_ms }: Moved, playing: boolean): Partial<RoomState> {
  return { position_ms, server_ms, playing, rate: playing ? 1 : 0 };
}

/** What was not named as there any more is gone. */
function only<T>(all: Readonly<Record<string, T>>, ids: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => ids.includes(id)));
}

/** An event older than what is here is dropped: it came before the state it was replicated into. */
function patch(
  mirror: Mirror,
  { session_id, rev }: { session_id: string; rev: number },
  change: (state: RoomState) => Partial<RoomState>,
): Mirror {
  const state = mirror.sessions[session_id];
  if (!state || rev < state.rev) return mirror;
  return {
    ...mirror,
    sessions: { ...mirror.sessions, [session_id]: { ...state, ...change(state), rev } },
  };
}

function without<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  const { [key]: _, ...rest } = record;
  return rest;
}
