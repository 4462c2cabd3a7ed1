// The WebSocket to the daemon: says hello, comes back after a loss, renews a token that ended.

import { Unpaired } from '../api/errors';
import type { ClientMessage, ServerMessage } from '../api/types';

/** The daemon's close code for a token that ended or a device that was unpaired. */
const TOKEN_ENDED = 4401;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;
/** A connection that has not replicated by then is given up. */
const HANDSHAKE_MS = 10_000;

/** The part of a WebSocket that is used here. */
export interface Socket {
  readonly readyState: number;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface LinkParts {
  open(): Socket;
  token(): Promise<string>;
  renew(stale: string): Promise<void>;
  /** The daemon takes no token of this device. */
  forget(): void;
  /** A new connection begins: state is replaced by what comes now. */
  onConnecting(): void;
  onMessage(message: ServerMessage): void;
  onLost(): void;
}

export class Link {
  private socket: Socket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempts = 0;
  private replicated = false;
  private renewed = false;
  private running = false;

  constructor(private readonly parts: LinkParts) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.attempts = 0;
    this.renewed = false;
    void this.connect();
  }

  stop(): void {
    this.running = false;
    this.drop();
  }

  /** Says something; false when nobody would hear it. */
  send(message: ClientMessage): boolean {
    if (!this.replicated || this.socket?.readyState !== 1) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** Tries again at once: the network is back, or the page is looked at again. */
  hurry(): void {
    if (!this.running || this.socket) return;
    this.attempts = 0;
    clearTimeout(this.timer);
    void this.connect();
  }

  /** The connection seems dead although the browser still holds it open. */
  giveUp(): void {
    if (!this.running || !this.socket) return;
    this.drop();
    this.parts.onLost();
    void this.connect();
  }

  private drop(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = undefined;
    this.replicated = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
  }

  private async connect(): Promise<void> {
    let token: string;
    try {
      token = await this.parts.token();
    } catch (error) {
      if (error instanceof Unpaired) this.stop();
      else this.later();
      return;
    }
    if (!this.running || this.socket) return;
    this.parts.onConnecting();
    const socket = this.parts.open();
    this.socket = socket;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.giveUpHandshake(), HANDSHAKE_MS);
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token }));
    socket.onmessage = (event) => this.heard(event.data as string);
    socket.onclose = (event) => void this.closed(event.code, token);
  }

  private giveUpHandshake(): void {
    this.drop();
    this.later();
  }

  private heard(text: string): void {
    const message = JSON.parse(text) as ServerMessage;
    if (message.type === 'replicated') {
      clearTimeout(this.timer);
      this.replicated = true;
      this.renewed = false;
      this.attempts = 0;
    }
    this.parts.onMessage(message);
  }

  private async closed(code: number, token: string): Promise<void> {
    this.drop();
    if (code !== TOKEN_ENDED) return this.later();
    this.parts.onLost();
    if (this.renewed) {
      this.stop();
      this.parts.forget();
      return;
    }
    this.renewed = true;
    try {
      await this.parts.renew(token);
    } catch (error) {
      if (error instanceof Unpaired) this.stop();
      else this.later();
      return;
    }
    if (this.running) void this.connect();
  }

  private later(): void {
    if (!this.running) return;
    this.parts.onLost();
    clearTimeout(this.timer);
    const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.attempts);
    this.attempts += 1;
    // Spread, so that a house full of phones does not come back in one instant.
    this.timer = setTimeout(() => void this.connect(), waitMs * (0.75 + Math.random() / 2));
  }
}
