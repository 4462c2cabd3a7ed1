// The moment before a picture: how it looks from afar, in a few bytes.

import { thumbHashToDataURL } from 'thumbhash';

/** Of many cards on one page the same few are shown again and again. */
const KEPT = 400;
const known = new Map<string, string | undefined>();

function decoded(preview: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(preview), (letter) => letter.charCodeAt(0));
    // The colours of the whole and at least the first of its waves.
    return bytes.length > 5 && bytes.length <= 40 ? thumbHashToDataURL(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** The address of a ThumbHash (in base64) as a picture; nothing for what is none. */
export function previewUrl(preview: string): string | undefined {
  if (!known.has(preview)) {
    const [oldest] = known.keys();
    if (known.size >= KEPT && oldest !== undefined) known.delete(oldest);
    known.set(preview, decoded(preview));
  }
  return known.get(preview);
}

export interface Tint {
  /** Degrees. */
  hue: number;
  chroma: number;
}

/** More would glow, and the words over it would be hard to read. */
const MOST_CHROMA = 0.11;

const linear = (value: number) =>
  value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;

/** Hue and strength of `#rrggbb` as OKLCH has them; its lightness is the page's to choose. */
export function tintOf(colour: string | undefined): Tint | undefined {
  const parts = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour ?? '');
  if (!parts) return undefined;
  const [r = 0, g = 0, b = 0] = parts.slice(1).map((hex) => linear(parseInt(hex, 16) / 255));
  // Björn Ottosson's matrices.
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  const x = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const y = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  const hue = (Math.atan2(y, x) * 180) / Math.PI;
  return { hue: (hue + 360) % 360, chroma: Math.min(MOST_CHROMA, Math.hypot(x, y)) };
}
