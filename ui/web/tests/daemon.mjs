// A pretend daemon for looking at the pages while working on them: a small library, one TV that
// plays on paper, and the same content policy as the real one. Nothing else may rely on it; what
// the app and the daemon owe each other is tested against the real daemon.
//
//   node tests/daemon.mjs [port]      serves dist; the PIN is 123456
import { pretendBox } from './daemon-box.mjs';
import { pretendProviders } from './daemon-providers.mjs';
import { calendar, catalogue, genresOf, list } from './daemon-catalogue.mjs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { WebSocketServer } from 'ws';
import { svg } from './daemon-pictures.mjs';
import {
  abilities,
  details,
  episodes,
  films,
  id,
  local,
  progress,
  series,
  services,
  sourcesOf,
  titles,
} from './daemon-library.mjs';

const POLICY =
  "default-src 'self'; img-src 'self' data: https:; connect-src 'self' ws: wss:; object-src 'none'; base-uri 'none'; frame-ancestors 'none'";
const MIME = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
};

/** @param {{ screens?: number }} options */
export function startDaemon({ port = 0, screens: count = 2 } = {}) {
  const screens = new Map(
    [
      {
        id: id('scr', 1),
        name: 'Living room',
        kind: 'tv',
        connected: true,
        page: 'home',
        abilities,
      },
      { id: id('scr', 2), name: 'Kitchen', kind: 'tv', connected: false, abilities },
    ]
      .slice(0, count)
      .map((screen) => [screen.id, screen]),
  );
  const sessions = new Map();
  const sockets = new Set();
  const keys = [];
  const devices = [
    { id: id('dev', 1), name: 'iPhone · Safari', paired_at: Date.UTC(2026, 1, 3) },
    { id: id('dev', 2), name: 'Kitchen tablet', paired_at: Date.UTC(2025, 11, 24) },
  ];
  // `prepare`: the answer to give instead; `silent`: the WebSocket answers nobody.
  const world = {
    prepare: undefined,
    silent: false,
    prepareMs: 700,
    sourceMs: 250,
    listMs: 0,
    listed: 0,
    listFails: false,
    pictureMs: 0,
    owner: false,
    // What was put apart, by its reference.
    apart: new Map(),
    // What people gave, the newest first.
    given: [],
    accessToken: 'access',
    box: pretendBox(),
    providers: pretendProviders(() => world.owner),
    keys,
    screens,
    sessions,
  };
  const born = performance.now();
  const now = () => Math.round(performance.now() - born) + 1_000_000;

  const tell = (message) => {
    for (const socket of sockets) socket.send(JSON.stringify(message));
  };
  const settle = (session) => {
    if (session.playing) session.position_ms += now() - session.server_ms;
    session.server_ms = now();
  };
  world.tell = tell;
  world.move = (session, changes) => {
    settle(session);
    Object.assign(session, changes, { rev: session.rev + 1 });
    session.rate = session.playing ? 1 : 0;
    tell({ type: 'room_state', ...session });
  };
  world.screen = (changes) => {
    const screen = [...screens.values()][0];
    Object.assign(screen, changes);
    tell({ type: 'screen_state', ...screen });
  };
  world.positionOf = (session) =>
    session.position_ms + (session.playing ? now() - session.server_ms : 0);
  /** As when the network goes: nothing is said. */
  world.cut = () => {
    for (const socket of sockets) socket.terminate();
  };
  world.drop = (code) => {
    for (const socket of sockets) socket.close(code);
  };
  world.begin = (title, screenId, positionMs = 0, extra = {}) => {
    const session = {
      room_id: id('ses', sessions.size + 1),
      rev: 1,
      title_id: title.id,
      title: title.title,
      screen_id: screenId,
      source_id: id('src', 1),
      phase: 'paused',
      playing: false,
      position_ms: positionMs,
      server_ms: now(),
      rate: 0,
      duration_ms: (title.runtime_minutes ?? 10) * 60_000,
      volume: 70,
      ...extra,
    };
    sessions.set(session.room_id, session);
    tell({ type: 'room_state', ...session });
    return session;
  };
  world.films = films;

  function command(message) {
    const session = sessions.get(message.session_id);
    if (!session) return { type: 'refused', slug: 'session-unknown', detail: 'gone', rev: null };
    settle(session);
    session.rev += 1;
    const event = (type) =>
      tell({
        type,
        session_id: session.room_id,
        rev: session.rev,
        position_ms: session.position_ms,
        server_ms: session.server_ms,
      });
    switch (message.command) {
      case 'play':
        Object.assign(session, { playing: true, rate: 1, phase: 'playing' });
        event('play_event');
        break;
      case 'pause':
        Object.assign(session, { playing: false, rate: 0, phase: 'paused' });
        event('pause_event');
        break;
      case 'seek':
        session.position_ms = message.position_ms;
        event('seek_event');
        break;
      case 'set_volume':
        session.volume = message.volume;
        tell({
          type: 'volume_event',
          session_id: session.room_id,
          rev: session.rev,
          volume: session.volume,
        });
        break;
      case 'stop':
        sessions.delete(session.room_id);
        tell({ type: 'session_ended', session_id: session.room_id });
        break;
      default:
        return { type: 'refused', slug: 'no-other-source', detail: 'none', rev: session.rev };
    }
    return { type: 'done' };
  }

  let wishes = {
    audio_languages: ['ru', 'en'],
    subtitle_languages: ['ru', 'en'],
    sound: 'any',
    max_height: null,
    max_size_gb: null,
    metered: false,
    adult: false,
  };

  const home = () => ({
    rows: [
      {
        id: 'continue',
        items: [
          { title: films[3], progress: progress.get(films[3].id) },
          { title: series, episode: episodes[1], progress: progress.get(series.id) },
        ],
      },
      { id: 'open', items: films.map((title) => ({ title })) },
      { id: 'local', items: local.map((title) => ({ title })) },
      { id: 'anime', items: catalogue.slice(-9).map((title) => ({ title })) },
      {
        id: 'addon:stremio%3Atest%2Fmovie%2Ftop',
        name: 'Popular',
        type: 'film',
        items: films.slice(0, 3).map((title) => ({ title })),
      },
    ],
  });

  const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

  async function answer(request, url, body) {
    const path = url.pathname.replace('/api/v1/', '');
    const language = request.headers['accept-language'] === 'ru' ? 'ru' : 'en';
    if (path === 'box') {
      return [
        200,
        {
          id: 'box',
          name: 'Hearth',
          version: '0.1.0',
          urls: [],
          hostname: 'hearth.local',
          local: false,
          https: { port: 443, fingerprint: Array(32).fill('A7').join(':') },
        },
      ];
    }
    if (path === 'pairing') {
      const tokens = {
        device_id: devices[0].id,
        access_token: world.accessToken,
        refresh_token: 'refresh',
        expires_in: 900,
      };
      return body.pin === '123456' ? [201, tokens] : [403, { slug: 'pin-wrong', detail: 'wrong' }];
    }
    if (request.headers.authorization !== `Bearer ${world.accessToken}`)
      return [401, { slug: 'token-ended', detail: 'ended' }];
    const ofBox = world.box.answer(path, request.method, body, url);
    if (ofBox) return ofBox;
    const ofProviders = world.providers.answer(path, request.method, body);
    if (ofProviders) return ofProviders;
    if (path === 'home') return [200, home()];
    if (path === 'devices') return [200, { items: devices }];
    if (path === 'media/services') return [200, { items: services }];
    if (path === 'user/preferences') {
      if (request.method === 'PUT') wishes = { ...wishes, ...body };
      return [200, wishes];
    }
    if (/^media\/ttl_\w+\/similar$/.test(path)) {
      const [, own] = path.split('/');
      const items = films.filter((film) => film.id !== own);
      return [200, { items, providers: [], next: null }];
    }
    if (/^media\/(popular|trending|new|top)$/.test(path)) {
      await pause(world.listMs);
      world.listed += 1;
      if (world.listFails) return [502, { slug: 'store-failed', detail: 'no disk' }];
      return [200, list(url.searchParams)];
    }
    if (path === 'media/genres') return [200, genresOf(url.searchParams.get('type'))];
    if (path === 'media/calendar') return [200, calendar()];
    if (path === 'media/search') {
      if (!url.searchParams.get('q')) return [200, list(url.searchParams)];
      const words = url.searchParams.get('q').toLowerCase().split(/\s+/);
      const items = titles.filter((title) => {
        const text = Object.values(title.title).join(' ').toLowerCase();
        return words.every((word) => text.includes(word));
      });
      return [200, { items, providers: [], next: null }];
    }
    if (path === 'given' && request.method === 'POST') {
      await pause(world.listMs);
      if (!/^(https|magnet):/.test(body.text))
        return [400, { slug: 'link-unreadable', detail: 'no address' }];
      const known = titles.filter((one) => one.id === (body.title_id ?? films[1].id));
      const gift = {
        id: id('giv', world.given.length + 1),
        name: body.text.replace(/.*\//, ''),
        at: Date.UTC(2026, 1, 3),
        by: devices[0].name,
        removable: true,
        titles: known,
      };
      world.given.unshift(gift);
      return [201, { given: gift, left_out: 0 }];
    }
    if (path === 'given') {
      const wanted = url.searchParams.get('title_id');
      const of = (gift) => !wanted || gift.titles.some((one) => one.id === wanted);
      return [200, { items: world.given.filter(of) }];
    }
    if (path.startsWith('given/')) {
      world.given = world.given.filter((gift) => !path.endsWith(gift.id));
      return [204, undefined];
    }
    if (path === 'player/prepare') {
      await pause(world.prepareMs);
      if (world.prepare) return world.prepare;
      const title = titles.find((one) => one.id === body.title_id);
      const at = body.start_ms ?? progress.get(title.id)?.position_ms ?? 0;
      for (const session of sessions.values()) {
        sessions.delete(session.room_id);
        tell({ type: 'session_ended', session_id: session.room_id });
      }
      const session = world.begin(title, body.screen_id, at);
      return [
        200,
        {
          session_id: session.room_id,
          source_id: session.source_id,
          stream: { url: '/', mime: 'video/mp4', expires_at: 0 },
          resume_ms: at,
        },
      ];
    }
    const [, whole] = /^media\/(ttl_\w+)\/apart$/.exec(path) ?? [];
    if (whole) {
      if (!world.owner) return [403, { slug: 'not-owner', detail: 'the owner only' }];
      const one = catalogue.find((title) => title.id === whole);
      const apart = { ...one, id: id('ttl', 0x9000 + world.apart.size), external: {} };
      world.apart.set(body.reference, apart);
      return [200, apart];
    }
    const [, titleId] = /^media\/(ttl_\w+)$/.exec(path) ?? [];
    const all = [...catalogue, ...world.apart.values()];
    const title = all.find((one) => one.id === titleId);
    if (title) {
      const own = title === series ? episodes : [];
      const watched = progress.get(title.id);
      return [
        200,
        {
          ...title,
          episodes: own.map((episode) => ({
            ...episode,
            ...(episode.id === watched?.episode_id && { progress: watched }),
            ...(episode === episodes[0] && { progress: { ...watched, finished: true } }),
          })),
          ...(watched && { progress: watched }),
          ...(title === films[0] && { details }),
        },
      ];
    }
    if (path.endsWith('/sources')) return [200, language];
    return [404, { slug: 'route-unknown', detail: path }];
  }

  async function streamSources(response, language) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (event, data) =>
      response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    send('provider', { id: 'torznab:home', state: 'pending', took_ms: 0 });
    for (const source of sourcesOf(language)) {
      await pause(world.sourceMs);
      send('item', source);
    }
    send('provider', { id: 'torznab:home', state: 'ok', took_ms: 900 });
    send('done', {});
    response.end();
  }

  async function file(url, response) {
    const name = url.pathname === '/' ? '/index.html' : url.pathname;
    try {
      const bytes = await readFile(new URL(`../dist${name}`, import.meta.url));
      response.writeHead(200, {
        'content-type': MIME[extname(name)] ?? 'text/plain',
        'content-security-policy': POLICY,
      });
      response.end(bytes);
    } catch {
      response.writeHead(404).end();
    }
  }

  const server = createServer(async (request, response) => {
    const url = new URL(request.url, 'http://box');
    if (!url.pathname.startsWith('/api/')) return file(url, response);
    const [, shape, number] = /\/pictures\/(wide|tall)-(\w+)$/.exec(url.pathname) ?? [];
    if (shape) {
      await pause(world.pictureMs);
      if (number === 'lost') return response.writeHead(404).end();
      response.writeHead(200, { 'content-type': 'image/svg+xml' });
      return response.end(svg(Number(number), shape === 'wide'));
    }
    let text = '';
    for await (const chunk of request) text += chunk;
    const [status, body] = await answer(request, url, text ? JSON.parse(text) : undefined);
    if (status === 200 && /\/media\/[^/]+\/sources$/.test(url.pathname)) return streamSources(response, body);
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(body === undefined ? undefined : JSON.stringify(body));
  });

  new WebSocketServer({ server, path: '/api/v1/ws' }).on('connection', (socket) => {
    const send = (message) => socket.send(JSON.stringify(message));
    socket.on('close', () => sockets.delete(socket));
    socket.on('message', (data) => {
      const message = JSON.parse(data);
      if (world.silent) return socket.terminate();
      switch (message.type) {
        case 'hello':
          if (message.token !== world.accessToken) return socket.close(4401);
          for (const session of sessions.values()) {
            settle(session);
            send({ type: 'room_state', ...session });
          }
          for (const screen of screens.values()) send({ type: 'screen_state', ...screen });
          send({
            type: 'replicated',
            server_ms: now(),
            sessions: [...sessions.keys()],
            screens: [...screens.keys()],
          });
          sockets.add(socket);
          break;
        case 'clock':
          send({ type: 'clock', t0: message.t0, server_ms: now() });
          break;
        case 'command':
          send({ request_id: message.request_id, ...command(message) });
          break;
        case 'find_subtitles':
          send({ type: 'done', request_id: message.request_id });
          world.move(sessions.get(message.session_id), { subtitle_search: world.search });
          break;
        case 'key':
          keys.push(message.key);
          if (message.key === 'search') world.screen({ page: 'search', text: '' });
          if (message.key === 'home') world.screen({ page: 'home', text: undefined });
          break;
        case 'text':
          world.screen({ text: message.text });
          break;
      }
    });
  });

  return new Promise((ready) => {
    server.listen(port, '127.0.0.1', () => {
      ready({
        url: `http://127.0.0.1:${server.address().port}/`,
        world,
        close: () => server.close(),
      });
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await startDaemon({ port: Number(process.argv[2] ?? 7430) });
  console.log(`${url}#pair=123456`);
}
