// Tokens: renewed once however many ask, once however many tabs ask, and dropped only when the
// daemon says so. The daemon here answers as the contract does: a refresh token is good once.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Client } from '../src/api/client';
import { Refused, Unpaired, Unreachable } from '../src/api/errors';
import type { Keep } from '../src/api/keep';

class Storage implements Keep {
  items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

class Daemon {
  generation = 1;
  refreshes = 0;
  /** Every access token given so far is refused. */
  accessEnded = false;
  refreshStatus = 200;
  down = false;
  calls: { path: string; token: string | null }[] = [];

  pair = () => ({
    device_id: 'dev_1',
    access_token: `access-${this.generation}`,
    refresh_token: `refresh-${this.generation}`,
    expires_in: 900,
  });

  fetch = vi.fn(async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    await Promise.resolve();
    if (this.down) throw new TypeError('Failed to fetch');
    const path = String(input).replace('/api/v1/', '');
    const token = new Headers(init?.headers).get('authorization')?.replace('Bearer ', '') ?? null;
    this.calls.push({ path, token });
    const body = typeof init?.body === 'string' ? JSON.parse(init.body) : undefined;
    if (path === 'pairing') {
      return body.pin === '123456'
        ? Response.json(this.pair(), { status: 201 })
        : problem(429, 'too-many-attempts', { 'retry-after': '7' });
    }
    if (path === 'auth/refresh') {
      this.refreshes += 1;
      if (this.refreshStatus !== 200) return problem(this.refreshStatus, 'refresh-failed');
      if (body.refresh_token !== `refresh-${this.generation}`) return problem(401, 'token-reused');
      this.generation += 1;
      this.accessEnded = false;
      return Response.json(this.pair());
    }
    const good = !this.accessEnded && token === `access-${this.generation}`;
    return good ? Response.json({ path }) : problem(401, 'token-ended');
  });
}

function problem(status: number, slug: string, headers: Record<string, string> = {}): Response {
  return Response.json({ slug, detail: slug, status }, { status, headers });
}

let daemon: Daemon;
let keep: Storage;
let onUnpaired: ReturnType<typeof vi.fn<() => void>>;
const tab = () => new Client({ keep, language: () => 'en', onUnpaired, fetch: daemon.fetch });

beforeEach(() => {
  daemon = new Daemon();
  keep = new Storage();
  onUnpaired = vi.fn<() => void>();
});

async function paired(): Promise<Client> {
  const client = tab();
  await client.pair('123456', 'Phone');
  return client;
}

describe('pairing', () => {
  it('keeps the tokens for the next visit', async () => {
    await paired();
    const later = tab();
    expect(later.paired).toBe(true);
    expect(later.deviceId).toBe('dev_1');
    await expect(later.call('home')).resolves.toEqual({ path: 'home' });
  });

  it('tells a refusal with its slug and how long to wait', async () => {
    const error = await tab()
      .pair('000000', 'Phone')
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(Refused);
    expect(error).toMatchObject({ slug: 'too-many-attempts', status: 429, retryAfterS: 7 });
  });

  it('is needed before anything else', async () => {
    await expect(tab().call('home')).rejects.toBeInstanceOf(Unpaired);
    expect(daemon.fetch).not.toHaveBeenCalled();
  });
});

describe('a token that ended', () => {
  it('is renewed once for many calls, and each of them is answered', async () => {
    const client = await paired();
    daemon.accessEnded = true;
    const answers = await Promise.all(
      ['home', 'devices', 'screens'].map((path) => client.call(path)),
    );
    expect(answers).toEqual([{ path: 'home' }, { path: 'devices' }, { path: 'screens' }]);
    expect(daemon.refreshes).toBe(1);
    expect(onUnpaired).not.toHaveBeenCalled();
  });

  it('is renewed once for two tabs', async () => {
    const first = await paired();
    const second = tab();
    daemon.accessEnded = true;
    await Promise.all([first.call('home'), second.call('home')]);
    expect(daemon.refreshes).toBe(1);
    expect(onUnpaired).not.toHaveBeenCalled();
  });

  it('is renewed before it is used when it is about to end', async () => {
    const client = await paired();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 899_000 });
    try {
      await client.call('home');
    } finally {
      vi.useRealTimers();
    }
    expect(daemon.calls.map((call) => call.path)).toEqual(['pairing', 'auth/refresh', 'home']);
  });

  it('leads to the pairing page when it is not renewed', async () => {
    const client = await paired();
    daemon.accessEnded = true;
    daemon.refreshStatus = 401;
    await expect(client.call('home')).rejects.toBeInstanceOf(Unpaired);
    expect(onUnpaired).toHaveBeenCalledTimes(1);
    expect(client.paired).toBe(false);
  });

  it('is kept when the daemon is only in trouble or away', async () => {
    const client = await paired();
    daemon.accessEnded = true;
    daemon.refreshStatus = 503;
    await expect(client.call('home')).rejects.toBeInstanceOf(Refused);
    daemon.down = true;
    await expect(client.call('home')).rejects.toBeInstanceOf(Unreachable);
    expect(client.paired).toBe(true);
    daemon.down = false;
    daemon.refreshStatus = 200;
    await expect(client.call('home')).resolves.toEqual({ path: 'home' });
  });
});

it('gives up a lock that a closed tab left behind', async () => {
  const client = await paired();
  keep.setItem('hearth.tokens.renewing', `gone ${Date.now() - 1}`);
  daemon.accessEnded = true;
  await expect(client.call('home')).resolves.toEqual({ path: 'home' });
});

it('lets an aborted call be an aborted call', async () => {
  const client = await paired();
  const running = new AbortController();
  running.abort();
  daemon.fetch.mockRejectedValueOnce(new DOMException('aborted', 'AbortError'));
  await expect(client.call('home', { signal: running.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
});
