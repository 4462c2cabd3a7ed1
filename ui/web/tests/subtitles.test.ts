// What the sheet of subtitles says.
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { SubtitleSearch } from '../src/api/types';
import { language } from '../src/text/language.svelte';
import { searchText, trackText } from '../src/text/subtitles';

// The texts take the browser's language.
vi.hoisted(() => vi.stubGlobal('navigator', { languages: ['en'] }));

const done: SubtitleSearch = { running: false, found: 0 };
const failing = (reason: 'subtitles-quota' | 'service-slow'): SubtitleSearch => ({
  ...done,
  failed: [{ provider: 'opensubtitles', reason, detail: 'the inside of the box' }],
});

describe('the line that looks for more', () => {
  beforeEach(() => language.choose('en'));

  it('says how the search goes', () => {
    expect(searchText(undefined)).toEqual({ line: 'Find subtitles' });
    expect(searchText({ ...done, running: true, found: 3 })).toEqual({
      line: 'Looking for subtitles',
    });
    expect(searchText({ ...done, found: 3 }).outcome).toBe('Found elsewhere: 3');
    expect(searchText(done).outcome).toBe('No subtitles were found elsewhere.');
  });

  it('says who could not be asked, and why, in both languages', () => {
    expect(searchText(failing('service-slow')).outcome).toBe(
      'OpenSubtitles: It answers too slowly. Try again later.',
    );
    language.choose('ru');
    const { line, outcome } = searchText(failing('service-slow'));
    expect(line).toBe('Искать ещё раз');
    expect(outcome).toBe('OpenSubtitles: Он отвечает слишком медленно. Попробуйте позже.');
    expect(searchText(failing('subtitles-quota')).outcome).toContain('Лимит');
  });

  it('says what others found beside who could not be asked, in both languages', () => {
    const some = { ...failing('service-slow'), found: 3 };
    expect(searchText(some).outcome).toBe(
      'Found elsewhere: 3. OpenSubtitles: It answers too slowly. Try again later.',
    );
    language.choose('ru');
    expect(searchText(some).outcome).toBe(
      'Найдено в сети: 3. OpenSubtitles: Он отвечает слишком медленно. Попробуйте позже.',
    );
  });

  it('tells one track from the next', () => {
    const track = { id: 'inside-0', language: 'en', label: 'Commentary' };
    expect(trackText(track, 1)).toBe('English · Commentary');
    expect(trackText({ id: 'inside-1' }, 2)).toBe('Subtitles 2');
    expect(trackText({ ...track, label: undefined, forced: true }, 1)).toBe(
      'English · foreign parts only',
    );
  });
});
