// Whether what was typed or pasted is a link rather than the name of a title.

const HASH = /^[0-9a-f]{40}$/i;
const ADDRESS = /^https?:\/\/[^\s/?#]+\S*$/i;
const MAGNET = /^magnet:\?\S*\bxt=urn:btih:\w+/i;

/** An address, a magnet, an infohash or the text of a playlist. */
export function isLink(text: string): boolean {
  const given = text.trim();
  return (
    ADDRESS.test(given) || MAGNET.test(given) || HASH.test(given) || given.startsWith('#EXTM3U')
  );
}
