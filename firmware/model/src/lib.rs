//! Plain data and pure rules of Hearth: no I/O, no async, no clock of its own.
//!
//! Everything that crosses a crate border or the wire is a type of this crate.

mod access;
mod cache;
mod clock;
mod details;
mod device;
mod facts;
mod given;
mod id;
mod live;
mod media;
mod mirror;
mod people;
mod piece;
mod provider;
mod scoring;
mod screen;
mod session;
mod slug;
mod source;
mod spoken;
mod subtitle;
mod torrents;

pub use access::{Access, Caller};
pub use cache::{AnswerKey, AnswerStorage, StorageError};
pub use clock::{Anchor, ServerMs, UnixMs};
pub use details::{
    Certification, Credit, Details, Franchise, Part, Person, PersonDetail, Picture, PictureKind,
    Relation, Relative, Season, Video, VideoKind,
};
pub use device::{
    Authority, BoxDetail, Confirmation, Installing, NetworkStatus, Notes, PowerAction, PowerStatus,
    Reach, RolledBack, SlotStatus, Surface, Trouble, TvChoices, UpdateFrom, UpdateOffer,
    UpdatePolicy, UpdateStatus, WifiNetwork, WifiSecurity,
};
pub use facts::{EpisodeFacts, Facts, Format, Look, Status};
pub use given::{Given, GivenAnswer, GivenFile, GivenPage, GivenView};
pub use id::{
    AccountId, DeviceId, EpisodeId, GivenId, IdError, LoadId, ProfileId, ScreenId, SessionId,
    SourceId, SubtitleId, TitleId,
};
pub use live::{ClientMessage, Command, RoomState, ServerMessage, SourceChange};
pub use media::{
    CalendarPage, DISK_PICTURES, Episode, EpisodeDetail, EpisodesPage, External, FoundEpisode,
    GenreCount, GenresPage, HomeItem, HomeRow, Language, MediaList, Names, Progress, ProviderState,
    ProviderStatus, SearchPage, SearchQuery, SeasonEntry, ServiceState, ServiceStatus,
    ServicesPage, Sort, Title, TitleDetail, TitleKind, TmdbKind, UpcomingEpisode,
};
pub use mirror::Mirror;
pub use people::{Account, Device, TokenPair};
pub use piece::Piece;
pub use provider::{
    Asked, ProviderCondition, ProviderEntry, ProviderHealth, ProviderRecord, ProviderTest,
    ProvidersPage, Turn,
};
pub use scoring::{
    Estimate, Judge, Learnt, Outcome, Preference, Preferred, Reason, RefusedBecause, Rule, Score,
    ScorePart, ScoreParts, Sound, Taste, Verdict, Weights, learnt_under,
};
pub use screen::{Failure, LoadReport, ScreenAbilities, ScreenCommand, ScreenInfo, ScreenKind};
pub use session::{Effect, Phase, Refusal, Session, Start};
pub use slug::{Slug, UnknownSlug};
pub use source::{
    Health, Hints, Location, Release, Source, SourceKind, SourceView, SourcesPage, Stream,
    SubtitleLink, TorrentLocation,
};
pub use spoken::spoken;
pub use subtitle::{OutsideTrack, ProviderFailure, SubtitleSearch, SubtitleTrack};
pub use torrents::{
    OpenTorrentView, SpeedLimits, TorrentFileView, TorrentState, TorrentView, TorrentsPage,
};
