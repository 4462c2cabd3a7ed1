// The wire, by short names. The types themselves are generated from the daemon's own description
// (`npm run types`).

import type { components } from './schema';

type Schemas = components['schemas'];

/** Until the description of the daemon has it. */
export interface GenresPage {
  items: { id: string; titles: number }[];
}

export type TitleKind = Schemas['TitleKind'];
export type TitleStatus = Schemas['TitleStatus'];
export type Names = Schemas['Names'];
/** How a picture looks from afar: until the description of the daemon has it. */
export interface Look {
  /** `#rrggbb` */
  colour: string;
  /** A ThumbHash in base64. */
  preview: string;
}
interface Looks {
  poster_look?: Look | null;
  backdrop_look?: Look | null;
}
interface StillLook {
  still_look?: Look | null;
}

export type Title = Schemas['Title'] & Looks;
export type Episode = Schemas['Episode'] & StillLook;
export type EpisodeDetail = Schemas['EpisodeDetail'] & StillLook;
export type TitleDetail = Schemas['TitleDetail'] & Looks;
export type Credit = Schemas['Credit'];
export type Progress = Schemas['Progress'];
export type ProviderStatus = Schemas['ProviderStatus'];
export type SearchPage = Schemas['SearchPage'];
export type UpcomingEpisode = Schemas['UpcomingEpisode'] & { title: Title };
export type CalendarPage = Schemas['CalendarPage'];
export type ServiceStatus = Schemas['ServiceStatus'];
export type ServicesPage = Schemas['ServicesPage'];
export type HomeItem = Schemas['HomeItem'] & { title: Title; episode?: Episode | null };
export type HomeRow = Schemas['HomeRow'];
export type HomePage = Schemas['Home'];

export type ScoreParts = Schemas['ScoreParts'];
export type Health = Schemas['Health'];
export type SourceView = Schemas['SourceView'];
export type SourcesPage = Schemas['SourcesPage'];
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
