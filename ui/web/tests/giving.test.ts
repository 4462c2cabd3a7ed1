// What a person gives the box: what counts as a link, what is sent, and what is said of it.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Refused, Unpaired } from '../src/api/errors';
import * as api from '../src/api/given';
import type { GivenAnswer, Title } from '../src/api/types';
import { Giving, taken } from '../src/state/giving.svelte';
import { isLink, pastedList } from '../src/state/links';

// The texts are in the language of the browser, of which there is none here.
vi.hoisted(() => vi.stubGlobal('navigator', { languages: ['en'] }));
vi.mock('../src/api/given', () => ({ give: vi.fn(), giveFile: vi.fn() }));

const title = (id: string): Title => ({
  id,
  type: 'film',
  title: { en: id },
  genres: [],
  overview: {},
  external: {},
});

const answer = (ids: string[], more: Partial<GivenAnswer> = {}): GivenAnswer => ({
  given: { id: 'giv_1', name: 'it', at: 0, removable: true, titles: ids.map(title) },
  left_out: 0,
  ...more,
});

describe('a link', () => {
  const hash = '0123456789abcdef0123456789ABCDEF01234567';

  it.each([
    'https://example.org/film.mkv',
    '  HTTP://example.org  ',
    `magnet:?xt=urn:btih:${hash}&dn=Film`,
    `magnet:?dn=Film&xt=urn:btih:${hash}`,
    hash,
    '#EXTM3U\n#EXTINF:-1,One\nhttps://example.org/1.m3u8',
  ])('is %s', (text) => expect(isLink(text)).toBe(true));

  it.each([
    '',
    'Sintel',
    'https://',
    'https and http://',
    'magnet:?dn=Film',
    'Film https://example.org',
    hash.slice(1),
    '1917',
  ])('is not %s', (text) => expect(isLink(text)).toBe(false));
});

describe('what is pasted', () => {
  const pasted = (text: string) => pastedList({ getData: () => text });

  it('is a file with all its lines where it is a playlist', async () => {
    const list = '#EXTM3U\r\n#EXTINF:-1,One\r\nhttps://example.org/1.m3u8\r\n';
    expect(await pasted(list)?.text()).toBe(list);
    expect(pasted(`\n ${list}`)?.name).toBe('playlist.m3u');
  });

  it('goes into the field where it is anything else', () => {
    for (const text of ['', 'Sintel', 'https://example.org/list.m3u'])
      expect(pasted(text)).toBeUndefined();
    expect(pastedList(null)).toBeUndefined();
  });
});

describe('giving', () => {
  beforeEach(() => vi.mocked(api.give).mockReset());

  it('is busy until it is taken, and gives once', async () => {
    let take: (value: GivenAnswer) => void = () => undefined;
    vi.mocked(api.give).mockReturnValue(new Promise((ready) => (take = ready)));
    const giving = new Giving();
    const first = giving.give('https://example.org', { titleId: 'ttl_1' });
    expect(giving.busy).toBe(true);
    expect(await giving.give('https://example.org')).toBeUndefined();
    take(answer(['ttl_1']));
    expect((await first)?.given.id).toBe('giv_1');
    expect(giving.busy).toBe(false);
    expect(vi.mocked(api.give).mock.calls).toEqual([['https://example.org', { titleId: 'ttl_1' }]]);
  });

  it('says in words why it was refused, and nothing of the last time', async () => {
    const giving = new Giving();
    vi.mocked(api.give).mockRejectedValueOnce(new Refused('link-private', 'private'));
    expect(await giving.give('http://10.0.0.1/')).toBeUndefined();
    expect(giving.problem).toMatch(/home network/);
    vi.mocked(api.give).mockResolvedValueOnce(answer(['ttl_1']));
    await giving.give('https://example.org');
    expect([giving.problem, giving.answer?.given.id]).toEqual(['', 'giv_1']);
    vi.mocked(api.give).mockRejectedValueOnce(new Unpaired());
    await giving.give('https://example.org');
    expect([giving.problem, giving.answer]).toEqual(['', undefined]);
  });

  it('sends no file that is too large', async () => {
    const giving = new Giving();
    const large = new File([new Uint8Array(8 * 1024 * 1024 + 1)], 'film.torrent');
    expect(await giving.give(large)).toBeUndefined();
    expect(giving.problem).toMatch(/8 MB/);
    expect(api.giveFile).not.toHaveBeenCalled();
  });
});

describe('what became of it', () => {
  it('is said with what was left out', () => {
    expect(taken(answer(['ttl_1']))).toBe('Added.');
    expect(taken(answer(['ttl_1', 'ttl_2'], { left_out: 3 }))).toBe(
      'Added: 2 titles. 3 entries of the list were left out.',
    );
  });

  it('and where it went when not where it was given', () => {
    const of = { titleId: 'ttl_1', episodeId: 'ep_1' };
    expect(taken(answer(['ttl_1'], { episode_id: 'ep_1' }), of)).toBe('Added.');
    expect(taken(answer(['ttl_1'], { episode_id: 'ep_2' }), of)).toMatch(/another episode/);
  });
});
