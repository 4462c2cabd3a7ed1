// The moment before a picture: how it looks from afar, and the colour a page takes from it.
import { rgbaToThumbHash } from 'thumbhash';
import { describe, expect, it } from 'vitest';
import { previewUrl, tintOf } from '../src/parts/preview';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

describe('a preview', () => {
  it('is a small picture', () => {
    const red = Array.from({ length: 16 * 24 }, () => [200, 30, 30, 255]).flat();
    const url = previewUrl(base64(rgbaToThumbHash(16, 24, red)));
    expect(url).toMatch(/^data:image\/png;base64,/);
    const png = Buffer.from(url?.split(',')[1] ?? '', 'base64');
    // As wide and high as the PNG says: about two thirds.
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([23, 32]);
  });

  it('is nothing where the bytes are none', () => {
    for (const text of ['', '???', 'AAAA', base64(new Uint8Array(400))])
      expect(previewUrl(text)).toBeUndefined();
  });
});

describe('the tint of a page', () => {
  it('has the hue of the colour, and never glows', () => {
    const red = tintOf('#ff0000');
    expect(red?.hue).toBeCloseTo(29.2, 1);
    expect(red?.chroma).toBe(0.11);
    expect(tintOf('#0000FF')?.hue).toBeCloseTo(264.1, 1);
    expect(tintOf('#3a4a5a')?.chroma).toBeLessThan(0.05);
  });

  it('is grey where the film is', () => {
    expect(tintOf('#777777')?.chroma).toBeCloseTo(0, 4);
  });

  it('is nothing where no colour is said', () => {
    expect([tintOf(undefined), tintOf('red'), tintOf('#12345')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
