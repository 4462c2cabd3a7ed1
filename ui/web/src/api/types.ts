// What goes over the wire, as the daemon's model describes it. Optional (`?`) where the daemon
// leaves a field out, `| null` where it says null.

export type UnixMs = number;
/** Milliseconds on the daemon's clock since it started. */
export type ServerMs = number;

// Titles

export type TitleKind = 'film' | 'series' | 'anime';

export interface Names {
  ru?: string;
  en?: string;
  original?: string;
}

export interface External {
  tmdb?: number;
  imdb?: string;
  shikimori?: number;
  mal?: number;
  open?: string;
  local?: string;
  addon?: string;
}

export interface Title {
  id: string;
  type: TitleKind;
  title: Names;
  year?: number;
  /** Slugs in English: `science-fiction`. */
  genres: string[];
  /** 0 to 10. */
  rating?: number;
  poster?: string;
  overview: Names;
  runtime_minutes?: number;
  licence?: string;
  external: External;
}

export interface Episode {
  id: string;
  title_id: string;
  /** 0 holds the specials. */
  season: number;
  number: number;
  title: Names;
}

export interface Progress {
  title_id: string;
  episode_id?: string;
  position_ms: number;
  duration_ms: number;
  watched_at: UnixMs;
  finished: boolean;
}

export interface EpisodeDetail extends Episode {
  progress?: Progress;
}

export interface TitleDetail extends Title {
  episodes: EpisodeDetail[];
  /** The newest: of the film, or of the episode named in it. */
  progress?: Progress;
}

export interface ProviderStatus {
  id: string;
  state: 'ok' | 'pending' | 'timeout' | 'error';
  took_ms: number;
  error?: string;
}

export interface SearchPage {
  items: Title[];
  providers: ProviderStatus[];
  next: string | null;
}

export interface HomeItem {
  title: Title;
  episode?: Episode;
  progress?: Progress;
}

export interface HomeRow {
  /** `continue`, `open`, `local`. */
  id: string;
  items: HomeItem[];
}

export interface HomePage {
  rows: HomeRow[];
}

// Sources

export type SourceKind = 'torrent' | 'hls' | 'dash' | 'direct' | 'embed';
export type Health = 'unknown' | 'good' | 'failing';

/** Each 0 to 1. */
export interface ScoreParts {
  quality: number;
  speed: number;
  availability: number;
  subtitles: number;
  audio: number;
}

export interface Score {
  total: number;
  parts: ScoreParts;
}

export interface SourceView {
  id: string;
  kind: SourceKind;
  provider: string;
  name: string;
  quality: string | null;
  codec: string | null;
  languages: string[];
  subtitles: string[];
  size_bytes: number | null;
  seeders: number | null;
  health: Health;
  score: Score;
  /** The score in words, in the reader's language. */
  why: string;
  playable: boolean;
  /** Why it is not playable. */
  refused: string | null;
}

export interface SourcesPage {
  items: SourceView[];
  providers: ProviderStatus[];
}

export interface Stream {
  url: string;
  mime: string;
  expires_at: UnixMs;
}

export interface PrepareRequest {
  title_id: string;
  episode_id?: string;
  source_id?: string;
  screen_id: string;
  start_ms?: number;
}

export interface Prepared {
  session_id: string;
  source_id: string;
  stream: Stream;
  resume_ms: number;
}

// Who talks to the box

export interface TokenPair {
  device_id?: string;
  account_id?: string;
  access_token: string;
  /** Seconds until `access_token` ends. */
  expires_in: number;
  refresh_token: string;
}

export interface Device {
  id: string;
  name: string;
  paired_at: UnixMs;
}

export interface BoxInfo {
  id: string;
  name: string;
  version: string;
  urls: string[];
  hostname: string;
  local: boolean;
}

/** application/problem+json */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  slug: string;
  request_id: string;
}

// Screens and sessions

export type ScreenKind = 'tv' | 'browser';

export interface ScreenAbilities {
  max_height: number;
  video_codecs: string[];
  hdr: boolean;
  hls: boolean;
  dash: boolean;
}

export interface ScreenInfo {
  id: string;
  name: string;
  kind: ScreenKind;
  connected: boolean;
  /** `home`, `search`, `title`, `player`, `pairing`, … */
  page?: string;
  /** The text of its focused text field; absent when none has the focus. */
  text?: string;
  abilities: ScreenAbilities;
}

export interface Failure {
  reason: string;
  detail: string;
}

/** Why another source plays now, or why none does. */
export interface SourceChange {
  from: string;
  to?: string;
  failure: Failure;
}

export type Phase =
  'preparing' | 'loading' | 'playing' | 'paused' | 'buffering' | 'ended' | 'failed';

export interface RoomState {
  /** The session's id. */
  room_id: string;
  rev: number;
  title_id: string;
  episode_id?: string;
  title: Names;
  /** Of an episode. */
  season?: number;
  number?: number;
  poster?: string;
  screen_id: string;
  source_id?: string;
  phase: Phase;
  playing: boolean;
  position_ms: number;
  /** When `position_ms` was true. */
  server_ms: ServerMs;
  rate: number;
  duration_ms?: number;
  buffered_ms?: number;
  /** 0 to 100. */
  volume: number;
  notice?: SourceChange;
}

// The messages of GET /api/v1/ws

export type Command = 'play' | 'pause' | 'seek' | 'stop' | 'set_volume' | 'next_source';

export type Key =
  'up' | 'down' | 'left' | 'right' | 'ok' | 'back' | 'home' | 'search' | 'play_pause';

/** What this app says; a screen says more. */
export type ClientMessage =
  | { type: 'hello'; token: string }
  | {
      type: 'command';
      request_id: string;
      session_id: string;
      command: Command;
      position_ms?: number;
      volume?: number;
      expected_rev?: number;
    }
  | { type: 'key'; screen_id: string; key: Key }
  | { type: 'text'; screen_id: string; text: string }
  | { type: 'clock'; t0: number };

interface Moved {
  session_id: string;
  rev: number;
  position_ms: number;
  server_ms: ServerMs;
}

/** What the daemon says to everybody; what only screens hear is left out. */
export type ServerMessage =
  | ({ type: 'room_state' } & RoomState)
  | ({ type: 'screen_state' } & ScreenInfo)
  | { type: 'screen_gone'; screen_id: string }
  | { type: 'replicated'; server_ms: ServerMs }
  | ({ type: 'play_event' } & Moved)
  | ({ type: 'pause_event' } & Moved)
  | ({ type: 'seek_event' } & Moved)
  | ({
      type: 'state_sync';
      playing: boolean;
      phase: Phase;
      duration_ms?: number | null;
      buffered_ms?: number | null;
    } & Moved)
  | { type: 'volume_event'; session_id: string; rev: number; volume: number }
  | { type: 'source_event'; session_id: string; rev: number; change: SourceChange }
  | { type: 'session_ended'; session_id: string }
  | { type: 'done'; request_id: string }
  | { type: 'refused'; request_id: string; slug: string; detail: string; rev: number | null }
  | { type: 'clock'; t0: number; server_ms: ServerMs }
  | { type: 'problem'; slug: string; detail: string };
