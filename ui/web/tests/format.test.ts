// Names as sentences carry them.
import { describe, expect, it, vi } from 'vitest';
import { codecName, providerName, shortened } from '../src/text/format';

// The texts take the browser's language.
vi.hoisted(() => vi.stubGlobal('navigator', { languages: ['en'] }));

describe('names within a sentence', () => {
  it('ends the name of a magnet before the sentence is out of sight', () => {
    expect(shortened('Sintel')).toBe('Sintel');
    const long = shortened(`magnet:?xt=urn:btih:${'7'.repeat(40)}&dn=${'ё'.repeat(300)}`);
    expect([...long]).toHaveLength(60);
    expect(long.endsWith('…')).toBe(true);
  });

  it('calls services by their names, and providers as their owner did', () => {
    expect(providerName('opensubtitles')).toBe('OpenSubtitles');
    expect(providerName('torznab:home')).toBe('home');
    expect(codecName('h265')).toBe('H.265');
    expect(codecName('av1')).toBe('AV1');
    expect(providerName('open-movies')).toBe('open-movies');
  });
});
