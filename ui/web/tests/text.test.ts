// Both languages say the same things, in whole plural forms, calmly.
import { describe, expect, it } from 'vitest';
import type { Entry, TextKey } from '../src/text/en';
import { dictionaries, languageOf, speak, type Language } from '../src/text/speak';

const languages = Object.keys(dictionaries) as Language[];
const keys = Object.keys(dictionaries.en) as TextKey[];
const forms = (entry: Entry) => (typeof entry === 'string' ? [entry] : Object.values(entry));
const blanks = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe.each(languages)('%s', (language) => {
  it('has every text and no other', () => {
    expect(Object.keys(dictionaries[language]).sort()).toEqual([...keys].sort());
  });

  it.each(keys)('says %s whole and calmly', (key) => {
    const entry: Entry = dictionaries[language][key];
    const wanted = blanks(forms(dictionaries.en[key])[0] as string);
    for (const text of forms(entry)) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe('');
      expect(text).not.toMatch(/!/);
      expect(blanks(text)).toEqual(wanted);
    }
    if (typeof entry !== 'string') {
      const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
      expect(Object.keys(entry).sort()).toEqual([...needed].sort());
    }
  });
});

it('chooses the plural form by the number', () => {
  const seeders = (count: number) => speak('ru', 'seeders', { count });
  expect([1, 3, 5, 11, 21, 112].map(seeders)).toEqual([
    '1 раздающий',
    '3 раздающих',
    '5 раздающих',
    '11 раздающих',
    '21 раздающий',
    '112 раздающих',
  ]);
  expect(speak('ru', 'problem_wait', { count: 22 })).toContain('22 секунды');
  expect(speak('en', 'seeders', { count: 1 })).toBe('1 seeder');
});

it('puts a text with braces in as it is', () => {
  expect(speak('en', 'search_none', { query: '{name} $1' })).toBe('Nothing found for “{name} $1”');
});

it('takes the first language of the browser that it speaks', () => {
  expect(languageOf(['de-DE', 'ru-RU', 'en'])).toBe('ru');
  expect(languageOf(['fr'])).toBe('en');
  expect(languageOf([])).toBe('en');
});
