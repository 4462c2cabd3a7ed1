// Looking a text up: the pure half, for the app and its tests.

import { en, type Dictionary, type Entry, type TextKey } from './en';
import { ru } from './ru';

export type Language = 'ru' | 'en';
export type Values = Record<string, string | number>;

export const dictionaries: Record<Language, Dictionary> = { en, ru };

const plurals: Record<Language, Intl.PluralRules> = {
  en: new Intl.PluralRules('en'),
  ru: new Intl.PluralRules('ru'),
};

/** `count` among the values chooses the plural form. */
export function speak(language: Language, key: TextKey, values: Values = {}): string {
  const entry: Entry = dictionaries[language][key];
  const text =
    typeof entry === 'string'
      ? entry
      : (entry[plurals[language].select(Number(values['count'] ?? 0))] ?? entry.other);
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The first language of the browser that the app speaks. */
export function languageOf(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.slice(0, 2).toLowerCase();
    if (language === 'ru' || language === 'en') return language;
  }
  return 'en';
}
