// The household's time zone: the box cannot know where it stands, and this browser does.

import { device, setTimeZone } from '../api/device';
import type { Language } from '../text/speak';

const own = () => Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;

/** Tells the box, unless somebody has. */
export async function tellZone(zone: string | undefined = own()): Promise<void> {
  // A browser that hides where it is says so, and the box goes by it anyhow.
  if (!zone || /^(UTC|GMT|Etc\/.*)$/.test(zone)) return;
  try {
    const { time_zone } = await device();
    if (!time_zone) await setTimeZone(zone);
  } catch {
    // Nobody asked for it: the next connection tries again.
  }
}

/** What the owner chooses among, by name: all that this browser knows, and what is kept. */
export function zones(kept: string | undefined, atMs: number): { id: string; label: string }[] {
  const known = new Set([...Intl.supportedValuesOf('timeZone'), kept ?? 'UTC']);
  return [...known].sort().map((id) => ({ id, label: labelOf(id, atMs) }));
}

/** `Asia/Ho Chi Minh, GMT+7`; the name alone of one that only the box knows. */
function labelOf(id: string, atMs: number): string {
  const name = id.replaceAll('_', ' ');
  const offset = partsIn(id, atMs, 'en', { timeZoneName: 'shortOffset' })?.find(
    ({ type }) => type === 'timeZoneName',
  );
  return offset ? `${name}, ${offset.value}` : name;
}

/** `18:04` there; nothing of a zone that only the box knows. */
export function timeIn(id: string, atMs: number, language: Language): string | undefined {
  return partsIn(id, atMs, language, { timeStyle: 'short' })
    ?.map(({ value }) => value)
    .join('');
}

function partsIn(id: string, atMs: number, language: string, how: Intl.DateTimeFormatOptions) {
  try {
    return new Intl.DateTimeFormat(language, { ...how, timeZone: id }).formatToParts(atMs);
  } catch {
    return undefined;
  }
}
