// Genre slugs as people say them. An unknown slug is shown as it is, without its dashes.

import type { Language } from './speak';

const russian: Record<string, string> = {
  action: 'боевик',
  adventure: 'приключения',
  animation: 'мультфильм',
  biography: 'биография',
  comedy: 'комедия',
  crime: 'криминал',
  documentary: 'документальное',
  drama: 'драма',
  experimental: 'экспериментальное',
  family: 'семейное',
  fantasy: 'фэнтези',
  history: 'история',
  horror: 'ужасы',
  music: 'музыка',
  musical: 'мюзикл',
  mystery: 'детектив',
  romance: 'мелодрама',
  'science-fiction': 'фантастика',
  short: 'короткометражное',
  sport: 'спорт',
  surreal: 'сюрреализм',
  technology: 'технологии',
  test: 'проверка',
  thriller: 'триллер',
  war: 'военное',
  western: 'вестерн',
};

export function genre(slug: string, language: Language): string {
  const name = (language === 'ru' && russian[slug]) || slug.replaceAll('-', ' ');
  return name.charAt(0).toLocaleUpperCase(language) + name.slice(1);
}
