// How a poster without a picture looks: colours and a motif that follow from the title's id, so
// that a title looks the same everywhere, every time.

/** A small, well-mixed hash (FNV-1a with a final stir). */
export function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

export const MOTIFS = 6;

export interface Look {
  /** Degrees. */
  hue: number;
  motif: number;
  /** 0 to 1, to vary the motif. */
  seed: number;
}

export function look(id: string): Look {
  const value = hash(id);
  return {
    // Sixteen hues far enough apart to be told from each other.
    hue: (value % 16) * 22.5 + 8,
    motif: (value >>> 8) % MOTIFS,
    seed: ((value >>> 16) & 0xff) / 255,
  };
}

/** Of the poster's width, so that the longest word fits and the whole fills some lines. */
export function typeSize(name: string): number {
  const longest = Math.max(...name.split(/\s+/).map((word) => word.length), 1);
  const byWord = 82 / (longest * 0.6);
  const byLength = 46 / Math.sqrt(Math.max(name.length, 1));
  return Math.max(7, Math.min(17, byWord, byLength));
}
