// Whether what was typed or pasted is a link rather than the name of a title.

const HASH = /^[0-9a-f]{40}$/i;
const ADDRESS = /^https?:\/\/[^\s/?#]+\S*$/i;
const MAGNET = /^magnet:\?\S*\bxt=urn:btih:\w+/i;

/** A pasted playlist, as a file: a field of one line would take its lines away. */
export function pastedList(pasted: Pick<DataTransfer, 'getData'> | null): File | undefined {
  const text = pasted?.getData('text') ?? '';
  if (!text.trimStart().startsWith('#EXTM3U')) return undefined;
  return new File([text], 'playlist.m3u', { type: 'audio/x-mpegurl' });
}

/** An address, a magnet, an infohash or the text of a playlist. */
export function isLink(text: string): boolean {
  const given = text.trim();
  return (
    ADDRESS.test(given) || MAGNET.test(given) || HASH.test(given) || given.startsWith('#EXTM3U')
  );
}
