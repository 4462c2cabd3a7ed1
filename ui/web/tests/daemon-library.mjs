// The small library of the pretend daemon.
import { pictured } from './daemon-pictures.mjs';

export const id = (prefix, number) => `${prefix}_${number.toString(16).padStart(32, '0')}`;
const names = (en, ru, original) => ({ en, ru, ...(original && { original }) });

function film(number, title, year, minutes, genres, extra = {}) {
  return {
    id: id('ttl', number),
    type: 'film',
    title,
    year,
    genres,
    runtime_minutes: minutes,
    overview: {},
    external: {},
    ...extra,
  };
}

export const films = [
  film(1, names('Sintel', 'Синтел'), 2010, 15, ['animation', 'fantasy', 'short'], {
    rating: 7.4,
    licence: 'CC BY 3.0',
    external: { tmdb: 45745, tmdb_kind: 'movie', imdb: 'tt1727587', open: 'sintel' },
    overview: names(
      'A lonely young woman, Sintel, helps and befriends a dragon, whom she calls Scales. But when he is kidnapped by an adult dragon, Sintel decides to embark on a dangerous quest to find her lost friend.',
      'Одинокая девушка по имени Синтел выхаживает раненого дракончика и называет его Чешуйкой. Когда взрослый дракон похищает его, Синтел отправляется в опасный путь за другом.',
    ),
  }),
  film(
    2,
    names('Big Buck Bunny', 'Большой Бак Банни'),
    2008,
    10,
    ['animation', 'comedy', 'short'],
    { rating: 6.4, licence: 'CC BY 3.0' },
  ),
  film(3, names('Tears of Steel', 'Слёзы стали'), 2012, 12, ['science-fiction', 'short'], {
    rating: 5.5,
    licence: 'CC BY 3.0',
  }),
  film(4, names('Cosmos Laundromat', 'Космическая прачечная'), 2015, 12, ['animation', 'fantasy'], {
    rating: 7.2,
    licence: 'CC BY 4.0',
  }),
  film(5, names('Elephants Dream', 'Мечта слонов'), 2006, 11, ['animation', 'surreal'], {
    rating: 6.2,
    licence: 'CC BY 2.5',
  }),
];
export const local = [
  film(
    20,
    names('The Great Train Robbery', 'Большое ограбление поезда'),
    1903,
    12,
    ['western', 'crime'],
    { rating: 7.2 },
  ),
  film(
    21,
    names('A Trip to the Moon', 'Путешествие на Луну', 'Le Voyage dans la Lune'),
    1902,
    15,
    ['science-fiction', 'adventure'],
    { rating: 8.1 },
  ),
  {
    ...film(22, names('Test card', 'Настроечная таблица'), 2026, 2, []),
  },
];
export const series = {
  ...film(30, names('Caminandes', 'Каминандес'), 2013, 3, ['animation', 'comedy']),
  type: 'series',
  rating: 7.6,
  ...pictured('poster', 31),
  ...pictured('backdrop', 31, true),
  overview: names(
    'A llama named Koro wants what is on the other side.',
    'Лама Коро хочет туда, где трава зеленее.',
  ),
};
/** What the services tell of the first film. */
export const details = {
  credits: [
    ['tmdb:1', 'Colin Levy', 'director', 'Director'],
    ['tmdb:2', 'Esther Wouda', 'writer', 'Writer'],
    ['tmdb:3', 'Halina Reijn', 'cast', 'Sintel'],
    ['tmdb:4', 'Thom Hoffman', 'cast', 'Shaman'],
  ].map(([key, name, part, role]) => ({
    person: { key, names: { original: name } },
    part,
    role: { original: role },
  })),
  pictures: [],
  videos: [],
  certifications: [],
  studios: [],
  seasons: [],
  relatives: [],
  recommended: [],
};

export const services = [
  { id: 'tmdb', state: 'off', attribution: 'This product uses the TMDB API.' },
  { id: 'shikimori', state: 'failing', failure: { reason: 'service-slow', detail: 'slow' } },
];

export const episodes = [
  [1, 1, names('Llama Drama', 'Лама-драма')],
  [1, 2, names('Gran Dillama', 'Гран Диллама')],
  [1, 3, names('Llamigos', 'Ламигос')],
  [2, 1, names('The Fence', 'Забор')],
  [2, 2, {}],
  [0, 1, names('How it was made', 'Как это снимали')],
].map(([season, number, title], i) => ({
  id: id('ep', i + 1),
  title_id: series.id,
  season,
  number,
  title,
  ...(season === 1 && pictured('still', 31 + i, true)),
}));

export const titles = [...films, ...local, series];
export const progress = new Map([
  [
    films[3].id,
    {
      title_id: films[3].id,
      position_ms: 431_000,
      duration_ms: 730_000,
      watched_at: 1,
      finished: false,
    },
  ],
  [
    series.id,
    {
      title_id: series.id,
      episode_id: episodes[1].id,
      position_ms: 62_000,
      duration_ms: 146_000,
      watched_at: 1,
      finished: false,
    },
  ],
]);

const part = (quality, speed, availability, subtitles, audio) => ({
  quality,
  speed,
  availability,
  subtitles,
  audio,
});
const why = {
  en: [
    '1080p H264; 242 seeders; audio: en; subtitles: en, ru',
    'an HLS stream; quality not known yet',
    '2160p H265; 3 seeders; audio: en',
    'This screen cannot decode AV1',
  ],
  ru: [
    '1080p H264; 242 раздающих; звук: en; субтитры: en, ru',
    'поток HLS; качество пока неизвестно',
    '2160p H265; 3 раздающих; звук: en',
    'Этот экран не умеет AV1',
  ],
};
export const sourcesOf = (language) => [
  {
    id: id('src', 1),
    kind: 'torrent',
    provider: 'open-movies',
    name: 'Sintel.2010.1080p.BluRay.x264',
    quality: '1080p',
    codec: 'h264',
    languages: ['en'],
    subtitles: ['en', 'ru'],
    size_bytes: 1_180_000_000,
    seeders: 242,
    health: 'good',
    score: { total: 0.86, parts: part(0.71, 0.92, 0.98, 1, 0.85) },
    rank: 0.86,
    why: why[language][0],
    playable: true,
    refused: null,
    reasons: [
      {
        part: 'quality',
        text: language === 'ru' ? '1080p H.264, этот экран умеет' : '1080p H.264, this screen decodes it',
        known: true,
      },
    ],
  },
  {
    id: id('src', 2),
    kind: 'hls',
    provider: 'open-movies',
    name: 'sintel/playlist.m3u8',
    quality: null,
    codec: null,
    languages: [],
    subtitles: [],
    size_bytes: null,
    seeders: null,
    health: 'unknown',
    score: { total: 0.5, parts: part(0.5, 0.5, 0.5, 0.5, 0.5) },
    rank: 0.5,
    why: why[language][1],
    playable: true,
    refused: null,
  },
  {
    id: id('src', 3),
    kind: 'torrent',
    provider: 'torznab:home',
    name: 'Sintel.2010.2160p.x265.10bit',
    quality: '2160p',
    codec: 'h265',
    languages: ['en'],
    subtitles: [],
    size_bytes: 5_600_000_000,
    seeders: 3,
    health: 'failing',
    score: { total: 0.41, parts: part(1, 0.1, 0.05, 0.5, 0.85) },
    rank: 0.41,
    why: why[language][2],
    playable: true,
    refused: null,
  },
  {
    id: id('src', 4),
    kind: 'torrent',
    provider: 'torznab:home',
    name: 'Sintel.2010.1080p.AV1.Opus',
    quality: '1080p',
    codec: 'av1',
    languages: ['en'],
    subtitles: ['en'],
    size_bytes: 420_000_000,
    seeders: 18,
    health: 'unknown',
    score: { total: 0.62, parts: part(0.71, 0.47, 0.78, 0.85, 0.85) },
    rank: -1.38,
    why: '',
    playable: false,
    refused: why[language][3],
  },
];

export const abilities = { max_height: 2160, video_codecs: ['h264'], hdr: false, hls: true, dash: true };
