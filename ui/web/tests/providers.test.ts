// What the owner fills in about a provider: as the daemon wants it, under a name that is free.
import { describe, expect, it } from 'vitest';
import { addressOf, configOf, moved } from '../src/state/providers';

describe('a provider as it is filled in', () => {
  it('takes addresses as people copy them', () => {
    expect(addressOf(' https://a.example/manifest.json ')).toBe(
      'https://a.example/manifest.json',
    );
    expect(addressOf('stremio://a.example/x/manifest.json')).toBe(
      'https://a.example/x/manifest.json',
    );
    expect(addressOf('http://192.168.1.5:9117/api')).toBe('http://192.168.1.5:9117/api');
    for (const none of ['', 'a.example', 'ftp://a.example', 'magnet:?xt=urn:btih:1'])
      expect(addressOf(none), none).toBeUndefined();
  });

  it('keeps where the words looked for are put', () => {
    const feed = 'https://t.example/search/{query}/?page=rss';
    expect(configOf('rss', { url: feed }, [])?.url).toBe(feed);
  });

  it('is called by its name or its host, and by a free id', () => {
    const url = 'https://addon.example/manifest.json';
    expect(configOf('stremio', { url }, [])).toEqual({
      kind: 'stremio',
      url,
      id: 'addon.example',
    });
    expect(configOf('stremio', { url }, ['stremio:addon.example'])?.id).toBe('addon.example-2');
    expect(configOf('torznab', { url, name: 'My Jackett!', api_key: ' k ' }, [])).toEqual({
      kind: 'torznab',
      name: 'My Jackett!',
      url,
      api_key: 'k',
      id: 'my-jackett',
    });
    expect(configOf('torznab', { url, name: 'Дома' }, ['stremio:addon.example'])?.id).toBe(
      'addon.example',
    );
  });

  it('needs an address, and of OpenSubtitles only the key', () => {
    expect(configOf('torznab', { name: 'x', url: 'nowhere' }, [])).toBeUndefined();
    const key = { api_key: 'k', url: 'left over from another kind' };
    expect(configOf('opensubtitles', key, [])).toEqual({ kind: 'opensubtitles', api_key: 'k' });
    expect(configOf('opensubtitles', key, ['opensubtitles'])?.id).toBe('more');
  });

  it('moves a step, and not over the edge', () => {
    expect(moved(['a', 'b', 'c'], 'c', -1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b', 'c'], 'a', 1)).toEqual(['b', 'a', 'c']);
    expect(moved(['a', 'b'], 'a', -1)).toEqual(['a', 'b']);
    expect(moved(['a', 'b'], 'b', 1)).toEqual(['a', 'b']);
  });
});
