// The house as this browser sees it: the mirror, the clock, and what can be asked of it.

import { client } from '../api';
import { Refused, Unreachable } from '../api/errors';
import { keep } from '../api/keep';
import type {
  ClientMessage,
  Command,
  Key,
  RoomState,
  ScreenInfo,
  ServerMessage,
} from '../api/types';
import { Measurement } from '../live/clock';
import { Link } from '../live/link';
import { apply, emptyMirror, positionAt, sessionOn, type Mirror } from '../live/mirror';
import { t } from '../text/language.svelte';
import { failureText, serviceText } from '../text/problems';
import { notices } from './notices.svelte';

const SCREEN = 'hearth.screen';
const ANSWER_MS = 10_000;
const MEASURE_EVERY_MS = 60_000;
const CLOCK_ANSWER_MS = 5_000;
const TICK_MS = 250;
/** A loss shorter than this is not worth a word. */
const QUIET_LOSS_MS = 800;

interface Waiting {
  resolve(): void;
  reject(error: Error): void;
  timer: ReturnType<typeof setTimeout>;
}

class House {
  /** What is shown. Replaced as a whole once a new connection has replicated. */
  mirror = $state.raw<Mirror>(emptyMirror);
  /** Lost for long enough to say so. */
  reconnecting = $state(false);
  /** The daemon's clock, moving while the page is looked at. */
  nowMs = $state(0);
  /** Counts what makes the home page stale: a session that ended, a new connection. */
  homeAge = $state(0);
  /** Counts the connections: what a page could not have is asked for again. */
  arrivals = $state(0);
  private chosenId = $state(keep.getItem(SCREEN) ?? undefined);

  private incoming = emptyMirror;
  private offsetMs = 0;
  private measurement: Measurement | undefined;
  private clockTimer: ReturnType<typeof setTimeout> | undefined;
  private lossTimer: ReturnType<typeof setTimeout> | undefined;
  private measureTimer: ReturnType<typeof setInterval> | undefined;
  private tickTimer: ReturnType<typeof setInterval> | undefined;
  private readonly waiting = new Map<string, Waiting>();
  private requests = 0;
  private readonly requestPrefix = Math.random().toString(36).slice(2, 8);

  private readonly link = new Link({
    open: () =>
      new WebSocket(
        `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/api/v1/ws`,
      ),
    token: () => client.token(),
    renew: (stale) => client.renew(stale),
    forget: () => client.forget(),
    onConnecting: () => {
      this.incoming = emptyMirror;
    },
    onMessage: (message) => this.heard(message),
    onLost: () => this.lost(),
  });

  /** TVs first, then by name. */
  readonly screens = $derived(
    Object.values(this.mirror.screens).sort(
      (a, b) => Number(b.kind === 'tv') - Number(a.kind === 'tv') || a.name.localeCompare(b.name),
    ),
  );

  /** The chosen screen, or the likeliest one. */
  readonly screen: ScreenInfo | undefined = $derived(
    this.mirror.screens[this.chosenId ?? ''] ??
      this.screens.find((screen) => sessionOn(this.mirror, screen.id)) ??
      this.screens.find((screen) => screen.connected) ??
      this.screens[0],
  );

  /** What is on there. */
  readonly session: RoomState | undefined = $derived(sessionOn(this.mirror, this.screen?.id));

  readonly positionMs = $derived(this.session ? positionAt(this.session, this.nowMs) : 0);

  start(): void {
    this.link.start();
    this.measureTimer ??= setInterval(() => this.measure(), MEASURE_EVERY_MS);
    this.tickTimer ??= setInterval(() => {
      if (!document.hidden) this.tick();
    }, TICK_MS);
  }

  stop(): void {
    this.link.stop();
    for (const timer of [this.measureTimer, this.tickTimer]) clearInterval(timer);
    for (const timer of [this.clockTimer, this.lossTimer]) clearTimeout(timer);
    this.measureTimer = this.tickTimer = this.clockTimer = this.lossTimer = undefined;
    this.measurement = undefined;
    this.failWaiting();
    this.mirror = emptyMirror;
    this.reconnecting = false;
  }

  /** The page is looked at again, or the network is back. */
  wake(): void {
    this.link.hurry();
    // The browser's clock may have stood still meanwhile.
    if (this.measurement === undefined) this.measure();
  }

  choose(screenId: string): void {
    this.chosenId = screenId;
    keep.setItem(SCREEN, screenId);
  }

  /** Resolves when the daemon has done it; rejects with the reason when it has not. */
  command(
    sessionId: string,
    command: Command,
    values: { position_ms?: number; volume?: number } = {},
  ): Promise<void> {
    return this.ask((request_id) => ({
      type: 'command',
      request_id,
      session_id: sessionId,
      command,
      ...values,
    }));
  }

  /** Shows the subtitles of an id, or none; resolves as a command does. */
  chooseSubtitles(sessionId: string, subtitles: string | undefined): Promise<void> {
    return this.ask((request_id) => ({
      type: 'subtitles',
      request_id,
      session_id: sessionId,
      subtitles: subtitles ?? null,
    }));
  }

  /** Looks for subtitles elsewhere: how that goes stands in the session. */
  findSubtitles(sessionId: string): Promise<void> {
    return this.ask((request_id) => ({
      type: 'find_subtitles',
      request_id,
      session_id: sessionId,
    }));
  }

  private ask(message: (requestId: string) => ClientMessage): Promise<void> {
    const requestId = `${this.requestPrefix}-${(this.requests += 1)}`;
    return new Promise((resolve, reject) => {
      const sent = this.link.send(message(requestId));
      if (!sent) return reject(new Unreachable());
      const timer = setTimeout(() => this.answer(requestId, new Unreachable()), ANSWER_MS);
      this.waiting.set(requestId, { resolve, reject, timer });
    });
  }

  key(key: Key): void {
    if (this.screen) this.say({ type: 'key', screen_id: this.screen.id, key });
  }

  text(text: string): void {
    if (this.screen) this.say({ type: 'text', screen_id: this.screen.id, text });
  }

  private say(message: ClientMessage): void {
    if (!this.link.send(message)) notices.problem(new Unreachable());
  }

  private heard(message: ServerMessage): void {
    switch (message.type) {
      case 'done':
        this.answer(message.request_id);
        return;
      case 'refused':
        this.answer(message.request_id, new Refused(message.slug, message.detail));
        return;
      case 'clock':
        this.clockAnswered(message.t0, message.server_ms);
        return;
      case 'problem':
        notices.problem(new Refused(message.slug, message.detail));
        return;
    }
    this.incoming = apply(this.incoming, message);
    if (!this.incoming.whole) return;
    this.mirror = this.incoming;
    switch (message.type) {
      case 'replicated':
        this.found(message.server_ms);
        break;
      case 'library_changed':
      case 'session_ended':
        this.homeAge += 1;
        break;
      case 'provider_event':
        notices.say(
          t(message.working ? 'provider_back' : 'provider_stopped', { name: message.name }),
          !message.working,
        );
        break;
      case 'source_event':
        if (message.session_id === this.session?.room_id && message.change.to) {
          notices.say(failureText(message.change.failure, 'another'));
        }
        break;
      case 'subtitles_failed':
        if (message.session_id === this.session?.room_id) {
          notices.say(serviceText(message.failure), true);
        }
        break;
    }
    this.tick();
  }

  private found(serverMs: number): void {
    clearTimeout(this.lossTimer);
    this.lossTimer = undefined;
    this.reconnecting = false;
    this.homeAge += 1;
    this.arrivals += 1;
    this.offsetMs = serverMs - performance.now();
    this.measure();
  }

  private lost(): void {
    this.measurement = undefined;
    clearTimeout(this.clockTimer);
    this.failWaiting();
    this.lossTimer ??= setTimeout(() => {
      this.reconnecting = true;
    }, QUIET_LOSS_MS);
  }

  private tick(): void {
    this.nowMs = Math.round(performance.now() + this.offsetMs);
  }

  private measure(): void {
    this.measurement = new Measurement();
    this.askClock();
  }

  private askClock(): void {
    clearTimeout(this.clockTimer);
    if (!this.link.send({ type: 'clock', t0: performance.now() })) {
      this.measurement = undefined;
      return;
    }
    // The one question that is always answered: silence means the connection is dead.
    this.clockTimer = setTimeout(() => this.link.giveUp(), CLOCK_ANSWER_MS);
  }

  private clockAnswered(sentMs: number, serverMs: number): void {
    if (!this.measurement) return;
    clearTimeout(this.clockTimer);
    const offsetMs = this.measurement.add({ sentMs, serverMs, receivedMs: performance.now() });
    if (offsetMs === undefined) return this.askClock();
    this.measurement = undefined;
    this.offsetMs = offsetMs;
    this.tick();
  }

  private answer(requestId: string, error?: Error): void {
    const waiting = this.waiting.get(requestId);
    if (!waiting) return;
    this.waiting.delete(requestId);
    clearTimeout(waiting.timer);
    if (error) waiting.reject(error);
    else waiting.resolve();
  }

  private failWaiting(): void {
    for (const requestId of [...this.waiting.keys()]) this.answer(requestId, new Unreachable());
  }
}

export const house = new House();
