// What the house says by itself is told: news of the owner's providers.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { client } from '../src/api';
import { house } from '../src/state/house.svelte';
import { notices } from '../src/state/notices.svelte';
import { language } from '../src/text/language.svelte';

vi.hoisted(() => vi.stubGlobal('navigator', { languages: ['en'] }));

class FakeSocket {
  static newest: FakeSocket;
  readyState = 1;
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;

  constructor() {
    FakeSocket.newest = this;
  }

  send() {}
  close() {}

  says(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) } as MessageEvent);
  }
}

beforeEach(async () => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  vi.stubGlobal('location', { protocol: 'http:', host: 'hearth.local' });
  vi.stubGlobal('document', { hidden: true });
  vi.spyOn(client, 'token').mockResolvedValue('a-token');
  house.start();
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.newest.onopen?.(new Event('open'));
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.newest.says({ type: 'replicated', server_ms: 1, sessions: [], screens: [] });
});

afterEach(() => {
  house.stop();
  notices.clear();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const turned = (working: boolean) =>
  FakeSocket.newest.says({
    type: 'provider_event',
    provider: 'torznab:home',
    name: 'Prowlarr',
    working,
    detail: working ? undefined : 'http://192.168.1.5:9117 answered 502',
  });

it('says that a provider stopped and what to do, and that it is back', () => {
  language.choose('en');
  turned(false);
  expect(notices.current).toEqual({
    text: 'Prowlarr stopped answering. Check that it runs, and its address and key.',
    bad: true,
  });
  language.choose('ru');
  turned(true);
  expect(notices.current).toEqual({ text: 'Prowlarr снова отвечает.', bad: false });
});
