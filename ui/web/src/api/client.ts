// Calls to the daemon with this device's token. Tokens are renewed here and nowhere else: one
// renewal at a time in this tab, and one tab at a time (`alone`).

import { alone } from './alone';
import { Refused, Unpaired, Unreachable } from './errors';
import type { Keep } from './keep';
import type { TokenPair } from './types';

const TOKENS = 'hearth.tokens';
const LOCK = 'hearth.tokens.renewing';
/** A token this close to its end is renewed before it is used. */
const MARGIN_MS = 10_000;
/** Below the time another tab waits for the lock. */
const RENEW_TIMEOUT_MS = 8_000;

interface Kept extends TokenPair {
  ends_at: number;
}

export interface ClientParts {
  keep: Keep;
  /** The language of the daemon's texts. */
  language(): string;
  /** The device was paired and is no longer. */
  onUnpaired(): void;
  fetch?: typeof fetch;
}

export class Client {
  private renewal: Promise<void> | undefined;
  private readonly fetch: typeof fetch;

  constructor(private readonly parts: ClientParts) {
    this.fetch = parts.fetch ?? ((input, init) => fetch(input, init));
  }

  get paired(): boolean {
    return this.kept() !== undefined;
  }

  get deviceId(): string | undefined {
    return this.kept()?.device_id ?? undefined;
  }

  async pair(pin: string, deviceName: string): Promise<void> {
    this.store(
      await this.open<TokenPair>('pairing', {
        method: 'POST',
        body: { pin, device_name: deviceName },
      }),
    );
  }

  /** A call that needs no token. */
  async open<T>(path: string, init: CallInit = {}): Promise<T> {
    return read<T>(await this.send(path, init));
  }

  /** A call with this device's token. */
  async call<T>(path: string, init: CallInit = {}): Promise<T> {
    return read<T>(await this.response(path, init));
  }

  async response(path: string, init: CallInit = {}): Promise<Response> {
    const token = await this.token();
    const response = await this.send(path, init, token);
    if (response.status !== 401) return checked(response);
    await this.renew(token);
    const again = await this.send(path, init, await this.token());
    if (again.status === 401) {
      this.forget();
      throw new Unpaired();
    }
    return checked(again);
  }

  /** A token that should still be good. */
  async token(): Promise<string> {
    const kept = this.kept();
    if (!kept) throw new Unpaired();
    if (kept.ends_at - MARGIN_MS > Date.now()) return kept.access_token;
    await this.renew(kept.access_token);
    return this.kept()?.access_token ?? kept.access_token;
  }

  /** Replaces `stale`; does nothing when that has already been done. */
  async renew(stale: string): Promise<void> {
    this.renewal ??= alone(this.parts.keep, LOCK, () => this.rotate(stale)).finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  /** Drops the tokens; the pairing page follows. */
  forget(): void {
    if (!this.paired) return;
    this.parts.keep.removeItem(TOKENS);
    this.parts.onUnpaired();
  }

  private async rotate(stale: string): Promise<void> {
    const kept = this.kept();
    if (!kept) throw new Unpaired();
    // Another tab was quicker.
    if (kept.access_token !== stale) return;
    const response = await this.send('auth/refresh', {
      method: 'POST',
      body: { refresh_token: kept.refresh_token },
      signal: AbortSignal.timeout(RENEW_TIMEOUT_MS),
    });
    if (response.status === 401 || response.status === 403) {
      this.forget();
      throw new Unpaired();
    }
    this.store({ ...kept, ...(await read<TokenPair>(await checked(response))) });
  }

  private async send(path: string, init: CallInit, token?: string): Promise<Response> {
    const headers: Record<string, string> = {
      accept: init.accept ?? 'application/json',
      'accept-language': this.parts.language(),
    };
    if (token) headers['authorization'] = `Bearer ${token}`;
    if (init.body !== undefined) headers['content-type'] = 'application/json';
    if (init.file) headers['content-type'] = 'application/octet-stream';
    const json = init.body === undefined ? null : JSON.stringify(init.body);
    try {
      return await this.fetch(`/api/v1/${path}`, {
        method: init.method ?? 'GET',
        headers,
        body: init.file ?? json,
        signal: init.signal ?? null,
        cache: 'no-store',
        credentials: 'omit',
      });
    } catch (error) {
      if (init.signal?.aborted && (error as Error).name === 'AbortError') throw error;
      throw new Unreachable(error);
    }
  }

  private kept(): Kept | undefined {
    const text = this.parts.keep.getItem(TOKENS);
    if (!text) return undefined;
    try {
      const kept = JSON.parse(text) as Partial<Kept>;
      return kept.access_token && kept.refresh_token ? (kept as Kept) : undefined;
    } catch {
      return undefined;
    }
  }

  private store(pair: TokenPair): void {
    const kept: Kept = { ...pair, ends_at: Date.now() + pair.expires_in * 1000 };
    this.parts.keep.setItem(TOKENS, JSON.stringify(kept));
  }
}

export interface CallInit {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  body?: unknown;
  /** Sent as it is, in place of a body. */
  file?: Blob;
  accept?: string;
  signal?: AbortSignal;
}

async function checked(response: Response): Promise<Response> {
  if (!response.ok) throw await Refused.from(response);
  return response;
}

async function read<T>(response: Response): Promise<T> {
  await checked(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}
