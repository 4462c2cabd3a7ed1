// The wire, by short names. The types themselves are generated from the daemon's own description
// (`npm run types`).

import type { components } from './schema';

type Schemas = components['schemas'];

export type TitleKind = Schemas['TitleKind'];
export type TitleStatus = Schemas['TitleStatus'];
export type Names = Schemas['Names'];
export type Look = Schemas['Look'];
export type GenresPage = Schemas['GenresPage'];
export type Title = Schemas['Title'];
export type Episode = Schemas['Episode'];
export type EpisodeDetail = Schemas['EpisodeDetail'];
export type TitleDetail = Schemas['TitleDetail'];
export type Credit = Schemas['Credit'];
export type Progress = Schemas['Progress'];
export type ProviderStatus = Schemas['ProviderStatus'];
export type SearchPage = Schemas['SearchPage'];
export type UpcomingEpisode = Schemas['UpcomingEpisode'];
export type CalendarPage = Schemas['CalendarPage'];
export type ServiceStatus = Schemas['ServiceStatus'];
export type SubtitleTrack = Schemas['SubtitleTrack'];
export type SubtitleSearch = Schemas['SubtitleSearch'];
export type ServicesPage = Schemas['ServicesPage'];
export type HomeItem = Schemas['HomeItem'];
export type HomeRow = Schemas['HomeRow'];
export type HomePage = Schemas['Home'];

export type ScoreParts = Schemas['ScoreParts'];
export type Health = Schemas['Health'];
export type SourceView = Schemas['SourceView'];
export type SourcesPage = Schemas['SourcesPage'];
export type ProviderEntry = Schemas['ProviderEntry'];
export type ProvidersPage = Schemas['ProvidersPage'];
export type ProviderTest = Schemas['ProviderTest'];
export type Taste = Schemas['Taste'];
export type GivenView = Schemas['GivenView'];
export type GivenPage = Schemas['GivenPage'];
export type GivenAnswer = Schemas['GivenAnswer'];
export type PrepareRequest = Schemas['PrepareRequest'];
export type Prepared = Schemas['PrepareAnswer'];

export type TokenPair = Schemas['TokenPair'];
export type Device = Schemas['Device'];
export type Devices = Schemas['Devices'];
export type BoxInfo = Schemas['About'];
export type Problem = Schemas['ProblemBody'];
/** Every word that a problem, a refusal or a failure may carry. */
export type Slug = Schemas['Slug'];

export type BoxDetail = Schemas['BoxDetail'];
export type PowerStatus = Schemas['PowerStatus'];
export type PowerAction = Schemas['PowerAction'];
export type NetworkStatus = Schemas['NetworkStatus'];
export type WifiNetwork = Schemas['WifiNetwork'];
export type WifiNetworks = Schemas['Wifi'];
export type UpdateStatus = Schemas['UpdateStatus'];
export type RolledBack = Schemas['RolledBack'];
export type UpdateOffer = Schemas['UpdateOffer'];
export type UpdatePolicy = Schemas['UpdatePolicy'];
export type Trouble = Schemas['Trouble'];

export type ScreenInfo = Schemas['ScreenInfo'];
export type RoomState = Schemas['RoomState'];
export type Phase = Schemas['Phase'];
export type Failure = Schemas['Failure'];
export type Command = Schemas['Command'];
export type ClientMessage = Schemas['ClientMessage'];
export type ServerMessage = Schemas['ServerMessage'];
/** Milliseconds on the daemon's clock since it started. */
export type ServerMs = RoomState['server_ms'];

/** What the remote has keys for. The wire takes any text. */
export type Key =
  | 'up'
  | 'down'
  | 'left'
  | 'right'
  | 'ok'
  | 'back'
  | 'home'
  | 'search'
  | 'play_pause';
