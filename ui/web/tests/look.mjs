// Walks through the pages in a real browser against the pretend daemon, takes a picture of each,
// and fails when a page says something on the console, breaks the content policy, is too small
// for a finger, or is found hard to use by axe.
//
//   npm run build && npm run look -- [folder [walk …]]
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';
import { startDaemon } from './daemon.mjs';

const folder = process.argv[2] ?? new URL('../../../tests/out/web', import.meta.url).pathname;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
await mkdir(folder, { recursive: true });

const problems = [];
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-default-browser-check',
    '--disable-features=OptimizationHints,MediaRouter,Translate',
  ],
});

const phone = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};
const desk = { viewport: { width: 1440, height: 900 } };

async function visitor(daemon, options, paired = true) {
  const context = await browser.newContext({
    locale: 'en-US',
    reducedMotion: 'reduce',
    ...options,
  });
  if (paired) {
    await context.addInitScript((token) => {
      const tokens = {
        device_id: 'dev_00000000000000000000000000000001',
        access_token: token,
        refresh_token: 'r',
        expires_in: 900,
        ends_at: Date.now() + 900_000,
      };
      if (!localStorage.getItem('hearth.tokens'))
        localStorage.setItem('hearth.tokens', JSON.stringify(tokens));
    }, daemon.world.accessToken);
  }
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('console', (message) => {
    const expected = /status of (400|401|403|404|502)/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !expected)
      problems.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => problems.push(`page: ${error.message}`));
  return page;
}

const by = (page, testid) => page.locator(`[data-testid="${testid}"]`);

async function shot(page, name) {
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(150);
  await page.screenshot({ path: `${folder}/${name}.png` });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
    });
    const small = [...document.querySelectorAll('a, button, input, select')].filter((element) => {
      const box = element.getBoundingClientRect();
      const seen =
        box.width > 0 &&
        getComputedStyle(element).visibility !== 'hidden' &&
        !element.closest('[aria-hidden="true"]');
      const inText = element.matches('[data-testid="now-title"]');
      return seen && !inText && (box.height < 47.5 || box.width < 47.5);
    });
    const sideways = document.documentElement.scrollWidth > innerWidth;
    return [
      ...violations.map(
        (one) =>
          `${one.id}: ${one.help}: ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join(' | ')}`,
      ),
      ...small.map((element) => `too small: ${element.outerHTML.slice(0, 120)}`),
      ...(sideways ? ['the page scrolls sideways'] : []),
    ];
  });
  problems.push(...found.map((text) => `${name}: ${text}`));
}

/** The owner's providers: one is added, tested, moved, switched off and removed; a guest is told. */
async function providers(page, { world }, label) {
  world.owner = false;
  await by(page, 'providers').click();
  await by(page, 'providers-problem').waitFor();
  await shot(page, `${label}-providers-guest`);
  world.owner = true;
  await page.reload();
  await by(page, 'provider').nth(1).waitFor();
  await by(page, 'provider-url').fill('films.example');
  await by(page, 'provider-add').click();
  await by(page, 'provider-problem').waitFor();
  await by(page, 'provider-url').fill('stremio://films.example/manifest.json');
  await by(page, 'provider-add').click();
  await by(page, 'provider-outcome').nth(2).getByText(/./).waitFor();
  await by(page, 'provider-test').first().click();
  await by(page, 'provider-outcome').first().getByText(/./).waitFor();
  await shot(page, `${label}-providers`);
  await by(page, 'provider-up').last().click();
  await page.waitForFunction(
    () => document.querySelectorAll('[data-testid="provider"]')[1].dataset.id !== 'site:films',
  );
  await by(page, 'provider-turn').first().click();
  await page.waitForFunction(() => document.querySelector('[role="switch"][aria-checked="false"]'));
  await by(page, 'provider-kind').selectOption('torznab');
  await by(page, 'provider-api_key').waitFor();
  await by(page, 'provider-api_key').scrollIntoViewIfNeeded();
  await shot(page, `${label}-providers-new`);
  await by(page, 'provider-remove').first().click();
  await by(page, 'provider-sure').click();
  await by(page, 'provider').nth(2).waitFor({ state: 'detached' });
  const left = world.providers.names().join();
  if (left !== 'torznab:home,site:films') problems.push(`${label}: the providers are ${left}`);
  await by(page, 'back').click();
}

/** The catalogue: it goes on as it is scrolled, and Back leads to the same place in it. */
async function browse(page, { url, world }, label) {
  world.listMs = 900;
  await by(page, 'nav-browse').click();
  await page.waitForTimeout(450);
  await shot(page, `${label}-browse-waiting`);
  await by(page, 'browse-card').first().waitFor();
  world.listMs = 0;
  await shot(page, `${label}-browse`);
  await by(page, 'kind-film').click();
  await page.waitForFunction(() => location.hash === '#/browse/film');
  await by(page, 'browse-card').nth(39).waitFor();
  await by(page, 'browse-card').nth(39).scrollIntoViewIfNeeded();
  await by(page, 'browse-card').nth(45).waitFor();
  const before = await page.evaluate(() => scrollY);
  const card = by(page, 'browse-card').nth(39);
  const opened = await card.getAttribute('data-title-id');
  await card.click();
  await by(page, 'title-name').waitFor();
  await by(page, 'back').click();
  await by(page, 'browse-card').nth(45).waitFor();
  await page.waitForTimeout(100);
  const after = await page.evaluate(() => scrollY);
  if (before === 0 || Math.abs(after - before) > 2)
    problems.push(`${label}: back from ${opened} leads from ${before} to ${after}`);

  await by(page, 'filters').click();
  await by(page, 'genres').getByRole('button').first().waitFor();
  await shot(page, `${label}-filters`);
  await by(page, 'genres').getByRole('button').nth(2).click();
  await by(page, 'year-from').fill('2010');
  await by(page, 'year-to').fill('1970');
  await by(page, 'year-to').blur();
  await by(page, 'country').selectOption('JP');
  await by(page, 'filters-show').click();
  await by(page, 'filters-clear').waitFor();
  const address = await page.evaluate(() => location.hash);
  if (!/from=1970&to=2010&country=JP$/.test(address))
    problems.push(`${label}: the filters are not in ${address}`);
  await page.reload();
  await by(page, 'filters-clear').waitFor();
  await page.waitForTimeout(100);
  await shot(page, `${label}-browse-narrow`);
  await page.goto(`${url}#/browse/anime?from=1900&to=1910`);
  await by(page, 'browse-none').waitFor();
  await shot(page, `${label}-browse-none`);

  // A failure is told once, and asked about again only when the reader says so.
  Object.assign(world, { listFails: true, listed: 0 });
  await page.goto(`${url}#/browse/anime?order=top`);
  await page.getByRole('alert').waitFor();
  await page.waitForTimeout(300);
  if (world.listed !== 1) problems.push(`${label}: a failing list was asked ${world.listed} times`);
  await shot(page, `${label}-browse-failed`);
  world.listFails = false;
  await page.getByRole('alert').getByRole('button').click();
  await by(page, 'browse-card').first().waitFor();

  await by(page, 'kind-calendar').click();
  await by(page, 'upcoming').first().waitFor();
  await shot(page, `${label}-calendar`);
}

/** The whole walk in one language on one window. */
async function walk(label, options) {
  const daemon = await startDaemon();
  const { world } = daemon;

  const stranger = await visitor(daemon, options, false);
  await stranger.goto(daemon.url);
  await shot(stranger, `${label}-pair`);
  await by(stranger, 'pin-input').fill('111111');
  await by(stranger, 'pair-button').click();
  await by(stranger, 'pair-problem').getByText(/./).waitFor();
  await shot(stranger, `${label}-pair-wrong`);
  await stranger.goto(`${daemon.url}#pair=123456`);
  await stranger.reload();
  await stranger.close();

  const guest = await visitor(daemon, options, false);
  await guest.goto(`${daemon.url}#pair=123456`);
  await by(guest, 'pair-button').click();
  await by(guest, 'remote-ok').waitFor();
  if (guest.url().includes('123456')) problems.push('the digits stay in the address bar');
  await guest.close();

  const page = await visitor(daemon, options);
  await page.goto(daemon.url);
  await by(page, 'go-on').waitFor();
  await shot(page, `${label}-remote-idle`);

  await by(page, 'nav-home').click();
  await by(page, 'home-card').first().waitFor();
  await shot(page, `${label}-home`);

  await by(page, 'nav-search').click();
  await shot(page, `${label}-search-empty`);
  await by(page, 'search-input').fill('e');
  await by(page, 'result-card').first().waitFor();
  await shot(page, `${label}-search`);
  await by(page, 'search-input').fill('zzz');
  await page.getByRole('heading', { name: /zzz/ }).waitFor();
  await shot(page, `${label}-search-none`);
  await by(page, 'search-input').fill('just a https://link');
  await page.getByRole('heading', { name: /just/ }).waitFor();
  await by(page, 'search-input').fill(`magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=${'x'.repeat(300)}`);
  await by(page, 'open-link').waitFor();
  await shot(page, `${label}-search-link`);
  await page.keyboard.press('Enter');
  await by(page, 'title-name').waitFor();
  await by(page, 'nav-search').click();
  await by(page, 'given-title').waitFor();
  await shot(page, `${label}-search-given`);
  await by(page, 'open-other').click();
  await by(page, 'give-text').waitFor();
  await shot(page, `${label}-search-give`);
  await page.keyboard.press('Escape');
  await by(page, 'given-remove').click();
  await by(page, 'given-sure').click();
  await by(page, 'given').waitFor({ state: 'detached' });

  await browse(page, daemon, label);

  await page.goto(`${daemon.url}#/title/ttl_${'1e'.padStart(32, '0')}`);
  await by(page, 'episode').first().waitFor();
  await shot(page, `${label}-series`);
  world.pictureMs = 3_000;
  await page.reload();
  await by(page, 'episode').first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll('.before[style*="url("]').length > 2);
  await shot(page, `${label}-series-before`);
  world.pictureMs = 0;

  await page.goto(`${daemon.url}#/title/ttl_${'1'.padStart(32, '0')}`);
  await by(page, 'play-button').waitFor();
  await page.waitForTimeout(150);
  await shot(page, `${label}-title`);
  await by(page, 'entries').click();
  await by(page, 'apart').nth(1).click();
  await shot(page, `${label}-apart`);
  await by(page, 'entry-sure').click();
  await by(page, 'apart-problem').waitFor();
  await shot(page, `${label}-apart-refused`);
  world.owner = true;
  await by(page, 'apart').nth(1).click();
  await by(page, 'entry-sure').click();
  await page.waitForFunction(() => location.hash.endsWith('9000'));
  const parted = [...world.apart.keys()].join();
  if (parted !== 'imdb:tt1727587') problems.push(`put apart: ${parted}`);
  await by(page, 'notice').waitFor();
  await by(page, 'back').click();
  await page.waitForFunction(() => location.hash.endsWith('01'));

  await by(page, 'sources-button').click();
  await by(page, 'source-item').nth(3).waitFor();
  await by(page, 'source-score').first().click();
  await shot(page, `${label}-sources`);
  await by(page, 'give').click();
  await by(page, 'give-text').fill('only words');
  await by(page, 'give-go').click();
  await by(page, 'give-problem').waitFor();
  await by(page, 'give-problem').scrollIntoViewIfNeeded();
  await shot(page, `${label}-give-refused`);
  await by(page, 'give-text').fill('https://example.org/Sintel.2010.1080p.mkv');
  await by(page, 'give-go').click();
  await by(page, 'given').waitFor();
  await by(page, 'source-item').nth(3).waitFor();
  await by(page, 'given').scrollIntoViewIfNeeded();
  await shot(page, `${label}-given`);
  await by(page, 'given-remove').click();
  await by(page, 'given-sure').click();
  await by(page, 'given').waitFor({ state: 'detached' });
  if (world.given.length > 0) problems.push(`${label}: what was given is not taken back`);
  await page.keyboard.press('Escape');
  await by(page, 'source-item').first().waitFor({ state: 'detached' });
  // The browser goes back a moment after the sheet is gone.
  await page
    .waitForURL((url) => !/sources/.test(url.href), { timeout: 5_000 })
    .catch(() => problems.push('closing the sheet leaves its address'));

  world.prepare = [502, { slug: 'no-source-plays', detail: 'none' }];
  await by(page, 'play-button').click();
  await by(page, 'step').waitFor();
  await shot(page, `${label}-starting`);
  await by(page, 'trouble').waitFor();
  await shot(page, `${label}-trouble`);
  world.prepare = undefined;
  await by(page, 'trouble').getByRole('button').click();
  await by(page, 'now-title').waitFor();
  const session = [...world.sessions.values()][0];
  world.move(session, { position_ms: 252_000, buffered_ms: 400_000 });
  await shot(page, `${label}-remote`);

  await by(page, 'play-pause').click();
  await by(page, 'remote-up').click();
  await by(page, 'remote-left').click();
  await by(page, 'remote-ok').click();
  await page.waitForTimeout(100);
  if (world.keys.join() !== 'up,left,ok') problems.push(`keys heard: ${world.keys}`);
  await by(page, 'tv-keyboard').click();
  await by(page, 'tv-text').pressSequentially('sint');
  await page.waitForTimeout(100);
  if ([...world.screens.values()][0].text !== 'sint')
    problems.push('the text did not reach the TV');
  await shot(page, `${label}-remote-text`);
  await by(page, 'tv-text').blur();
  world.screen({ text: 'sintel' });
  await page.waitForFunction(
    () => document.querySelector('[data-testid="tv-text"]')?.value === 'sintel',
  );
  await by(page, 'remote-home').click();
  await by(page, 'seek-bar').fill('600000');
  await page.waitForFunction(
    () => Number(document.querySelector('[data-position-ms]')?.dataset.positionMs) >= 600_000,
  );
  world.move(session, {
    phase: 'failed',
    playing: false,
    notice: { from: session.source_id, failure: { reason: 'source-gone', detail: 'gone' } },
  });
  await page.waitForTimeout(100);
  await shot(page, `${label}-remote-failed`);
  world.move(session, { phase: 'playing', playing: true, notice: undefined });

  // The position moves by itself, close to the daemon's.
  const position = () => by(page, 'now-position').getAttribute('data-position-ms').then(Number);
  await page.waitForTimeout(1_200);
  const early = world.positionOf(session);
  const shown = await position();
  // However long the answer took on its way.
  const apart = Math.max(early - shown, shown - world.positionOf(session));
  if (!(apart < 1_000)) problems.push(`the position is ${apart} ms off`);

  // The list of subtitles, a search for more, and what came of it.
  const search = (running, found, failed) => ({ running, found, failed });
  world.search = search(true, 0);
  await by(page, 'subtitles-button').click();
  await by(page, 'subtitles-find').click();
  await page.locator('[data-testid="subtitles-find"][aria-disabled="true"]').waitFor();
  await shot(page, `${label}-subtitles-finding`);
  world.move(session, {
    subtitles: [
      { id: 'inside-0', language: 'en', label: 'Commentary' },
      { id: 'sub_1', language: 'ru', label: 'Sintel.2010.2160p.BluRay.x264-GROUP.rus' },
      { id: 'sub_2', language: 'ru', forced: true },
    ],
    shown_subtitles: 'sub_1',
    subtitle_search: search(false, 2, [
      { provider: 'opensubtitles', reason: 'service-slow', detail: 'no answer' },
    ]),
  });
  await by(page, 'subtitles-item').nth(3).waitFor();
  await shot(page, `${label}-subtitles`);
  const outcome = await by(page, 'subtitles-outcome').textContent();
  if (!outcome.includes('OpenSubtitles: ')) problems.push(`the search ended with ${outcome}`);
  await page.keyboard.press('Escape');
  await by(page, 'subtitles-item').first().waitFor({ state: 'detached' });
  world.tell({
    type: 'subtitles_failed',
    session_id: session.room_id,
    failure: { reason: 'subtitles-quota', detail: 'no more' },
  });
  await by(page, 'notice').waitFor();

  // Another source, from the sheet, without leaving the remote; then a refusal in words.
  await by(page, 'sources-button').click();
  await by(page, 'source-item').nth(1).click();
  await by(page, 'source-item').first().waitFor({ state: 'detached' });
  const other = [...world.sessions.values()][0];
  if (other === session || other.position_ms < 600_000)
    problems.push('the other source did not go on where the film was');
  await by(page, 'volume').fill('25');
  await page.waitForFunction(
    () => document.querySelector('[data-testid="volume"]')?.value === '25',
  );

  // A loss: what the daemon no longer has is gone afterwards, what it has is there again.
  world.cut();
  world.sessions.clear();
  await by(page, 'now-title').waitFor({ state: 'detached' });
  const again = world.begin(world.films[1], [...world.screens.keys()][0], 30_000);
  await by(page, 'now-title')
    .getByText(again.title[options.locale === 'ru-RU' ? 'ru' : 'en'])
    .waitFor();
  world.silent = true;
  world.cut();
  await by(page, 'reconnecting').waitFor();
  await by(page, 'remote-up').click();
  await by(page, 'notice').waitFor();
  await shot(page, `${label}-reconnecting`);
  // What a page could not have while the box was away comes with the box.
  await page.route('**/api/v1/devices', (route) => route.fulfill({ status: 502, json: {} }));
  await by(page, 'nav-settings').click();
  await by(page, 'providers').waitFor();
  await page.unroute('**/api/v1/devices');
  world.silent = false;
  await by(page, 'reconnecting').waitFor({ state: 'detached', timeout: 15_000 });
  await by(page, 'device').first().waitFor();
  await by(page, 'nav-remote').click();
  await by(page, 'notice').waitFor({ state: 'detached', timeout: 15_000 });

  await by(page, 'screens').click();
  await shot(page, `${label}-screens`);
  await page.keyboard.press('Escape');

  await by(page, 'nav-settings').click();
  await by(page, 'device').first().waitFor();
  await shot(page, `${label}-settings`);

  await providers(page, daemon, label);
  await by(page, 'the-box').click();
  await by(page, 'update-offer').first().waitFor();
  await by(page, 'wifi-network').first().waitFor();
  await shot(page, `${label}-box`);
  await by(page, 'wifi-network').first().click();
  await by(page, 'wifi-password').fill('battery staple');
  await by(page, 'wifi-join').click();
  await by(page, 'notice').waitFor();
  await shot(page, `${label}-box-password`);
  await by(page, 'wifi-password').fill('correct horse');
  await by(page, 'wifi-join').click();
  await by(page, 'wifi-password').waitFor({ state: 'detached' });
  await by(page, 'install').first().click();
  await shot(page, `${label}-box-install`);
  await by(page, 'install-sure').click();
  await by(page, 'update-progress').waitFor();
  world.box.installing = { state: 'ready', version: '1.1.0' };
  world.box.rolledBack = { version: '1.1.0', missing: ['frame'], at: 1 };
  await by(page, 'update-restart').waitFor();
  await by(page, 'power-power_off').click();
  await by(page, 'power-sure').click();
  await by(page, 'notice').waitFor();
  await shot(page, `${label}-box-ready`);
  if (!world.box.told.includes('device/power')) problems.push('the box was not switched off');
  await by(page, 'time-zone').selectOption('Asia/Vladivostok');
  await by(page, 'time-there').waitFor();
  if (world.box.timeZone !== 'Asia/Vladivostok') problems.push('no other time zone was taken');
  world.box.installing = { state: 'idle' };
  await by(page, 'rolled-back').waitFor({ timeout: 20_000 });

  await by(page, 'nav-remote').click();
  world.accessToken = 'another';
  world.drop(4401);
  await by(page, 'pin-input').waitFor();
  await shot(page, `${label}-unpaired`);
  await page.close();
  daemon.close();
}

try {
  const walks = {
    'phone-en': phone,
    'phone-ru': { ...phone, locale: 'ru-RU' },
    'small-ru': { ...phone, locale: 'ru-RU', viewport: { width: 360, height: 640 } },
    'desk-en': desk,
  };
  const wanted = process.argv.slice(3);
  for (const [label, options] of Object.entries(walks))
    if (wanted.length === 0 || wanted.includes(label)) await walk(label, options);
} finally {
  await browser.close();
}

for (const problem of new Set(problems)) console.error(problem);
console.log(`${problems.length} problems; the pictures are in ${folder}`);
process.exit(problems.length > 0 ? 1 : 0);
