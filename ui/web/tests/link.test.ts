// The connection: hello first, back after a loss, a token renewed once, state anew each time.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Unpaired, Unreachable } from '../src/api/errors';
import { Link, type LinkParts, type Socket } from '../src/live/link';

class FakeSocket implements Socket {
  readyState = 0;
  sent: unknown[] = [];
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  closed = false;

  send(text: string) {
    this.sent.push(JSON.parse(text));
  }

  close() {
    this.closed = true;
    this.readyState = 3;
  }

  open() {
    this.readyState = 1;
    this.onopen?.(new Event('open'));
  }

  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }

  replicate() {
    this.open();
    this.says({ type: 'replicated', server_ms: 1, sessions: [], screens: [] });
  }

  ends(code: number) {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
}

let sockets: FakeSocket[];
let parts: { [K in keyof LinkParts]: ReturnType<typeof vi.fn<LinkParts[K]>> };
let link: Link;
const newest = () => sockets.at(-1) as FakeSocket;
/** Lets promises run, and timers for a while. */
const pass = (ms = 0) => vi.advanceTimersByTimeAsync(ms);

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  parts = {
    open: vi.fn(() => {
      sockets.push(new FakeSocket());
      return newest();
    }),
    token: vi.fn(async () => 'a-token'),
    renew: vi.fn(async () => undefined),
    forget: vi.fn(),
    onConnecting: vi.fn(),
    onMessage: vi.fn(),
    onLost: vi.fn(),
  };
  link = new Link(parts);
});

afterEach(() => {
  link.stop();
  vi.useRealTimers();
});

async function connected() {
  link.start();
  await pass();
  newest().replicate();
}

it('says hello with the token, and nothing else before the state is whole', async () => {
  link.start();
  await pass();
  newest().open();
  expect(newest().sent).toEqual([{ type: 'hello', token: 'a-token' }]);
  expect(link.send({ type: 'clock', t0: 1 })).toBe(false);
  newest().says({ type: 'replicated', server_ms: 1, sessions: [], screens: [] });
  expect(link.send({ type: 'clock', t0: 1 })).toBe(true);
});

describe('after a loss', () => {
  it('comes back, later and later, and begins anew', async () => {
    await connected();
    newest().ends(1006);
    expect(parts.onLost).toHaveBeenCalled();
    const waits: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const before = sockets.length;
      let waited = 0;
      while (sockets.length === before) {
        await pass(50);
        waited += 50;
      }
      waits.push(waited);
      newest().ends(1006);
    }
    expect(waits[0]).toBeLessThanOrEqual(700);
    expect(waits[3]).toBeGreaterThan(waits[0] as number);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_050);
    expect(parts.onConnecting).toHaveBeenCalledTimes(sockets.length);
  });

  it('hurries when the page is looked at again', async () => {
    await connected();
    newest().ends(1006);
    link.hurry();
    await pass();
    expect(sockets).toHaveLength(2);
  });

  it('does not trust a connection that never replicates', async () => {
    link.start();
    await pass();
    newest().open();
    await pass(12_000);
    expect(sockets[0]?.closed).toBe(true);
    expect(sockets.length).toBeGreaterThan(1);
  });

  it('waits and tries again when no token can be had because the box is away', async () => {
    parts.token.mockRejectedValueOnce(new Unreachable());
    link.start();
    await pass();
    expect(sockets).toHaveLength(0);
    await pass(1_000);
    expect(sockets).toHaveLength(1);
  });
});

describe('a token that ended (4401)', () => {
  it('is renewed, and the connection is there again at once', async () => {
    await connected();
    newest().ends(4401);
    await pass();
    expect(parts.renew).toHaveBeenCalledWith('a-token');
    expect(sockets).toHaveLength(2);
    newest().replicate();
    expect(parts.forget).not.toHaveBeenCalled();
    // Much later it ends again: that is another renewal, not a refusal.
    newest().ends(4401);
    await pass();
    expect(parts.renew).toHaveBeenCalledTimes(2);
  });

  it('is given up when the new one is refused too', async () => {
    await connected();
    newest().ends(4401);
    await pass();
    newest().open();
    newest().ends(4401);
    await pass(20_000);
    expect(parts.forget).toHaveBeenCalledTimes(1);
    expect(sockets).toHaveLength(2);
  });

  it('stops when the device was unpaired', async () => {
    await connected();
    parts.renew.mockRejectedValueOnce(new Unpaired());
    newest().ends(4401);
    await pass(20_000);
    expect(sockets).toHaveLength(1);
  });
});

it('hears nothing of a connection it gave up', async () => {
  await connected();
  const old = newest();
  link.giveUp();
  await pass();
  expect(sockets).toHaveLength(2);
  const heard = parts.onMessage.mock.calls.length;
  old.says({ type: 'replicated', server_ms: 2, sessions: [], screens: [] });
  old.ends(1006);
  expect(parts.onMessage.mock.calls.length).toBe(heard);
  expect(sockets).toHaveLength(2);
});
