// The language of the app: the browser's, or the one chosen in the settings.

import { keep } from '../api/keep';
import type { TextKey } from './en';
import { languageOf, speak, type Language, type Values } from './speak';

const LANGUAGE = 'hearth.language';

function remembered(): Language | undefined {
  const kept = keep.getItem(LANGUAGE);
  return kept === 'ru' || kept === 'en' ? kept : undefined;
}

class Chosen {
  current: Language = $state(remembered() ?? languageOf(navigator.languages));

  choose(language: Language): void {
    this.current = language;
    keep.setItem(LANGUAGE, language);
  }
}

export const language = new Chosen();

export const t = (key: TextKey, values?: Values): string => speak(language.current, key, values);
