//! What the view model asks of the world, and what the world answers.

use hearth_model::{
    ClientMessage, EpisodeId, Failure, GenreCount, HomeRow, Language, LoadId, LoadReport,
    OutsideTrack, Piece, ScreenId, ServerMessage, ServicesPage, SessionId, SourceId, SourceView,
    Stream, Surface, Title, TitleDetail, TitleId, TitleKind, Trouble, TvChoices,
};
use serde::Deserialize;

use super::{
    device::{BoxAnswer, BoxRequest},
    filters::Filters,
};
use crate::keys::Key;

/// What happened, from wherever it came.
#[derive(Debug, Clone)]
pub enum Intent {
    Press(Key),
    Link(Link),
    Live(ServerMessage),
    Answer(Answer),
    Player(PlayerNews),
    /// The first frame was drawn.
    Drew(Surface),
    /// The time named by `Model::next_wake` has come.
    Wake,
}

/// What the world has to do now.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Answered by one `Answer`, or by several for what streams in.
    Ask(Request),
    Send(ClientMessage),
    Player(PlayerOrder),
    /// Keep here what was chosen in the settings.
    Keep(TvChoices),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    Home {
        language: Language,
    },
    /// A newer search takes the place of a running one.
    Search {
        seq: u64,
        text: String,
        language: Language,
    },
    Library {
        kind: TitleKind,
        filters: Filters,
        cursor: Option<String>,
        language: Language,
    },
    /// The genres there are of a kind.
    Genres {
        kind: TitleKind,
    },
    Title {
        id: TitleId,
        language: Language,
    },
    Sources {
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        screen_id: Option<ScreenId>,
        language: Language,
    },
    Prepare {
        /// Tells the answer to this wish from one to a wish given up.
        seq: u64,
        wish: PlayWish,
        screen_id: ScreenId,
        language: Language,
    },
    /// Subtitles in a file of their own, by a path on the box.
    Subtitles {
        url: String,
    },
    Box,
    /// How the metadata services are.
    Services,
    ShowPin,
    HidePin,
    Pair {
        pin: String,
    },
    OfBox(BoxRequest),
}

/// What somebody wants to watch.
#[derive(Debug, Clone, PartialEq)]
pub struct PlayWish {
    pub title_id: TitleId,
    pub episode_id: Option<EpisodeId>,
    /// The best one where absent.
    pub source_id: Option<SourceId>,
    /// Where it was left where absent.
    pub start_ms: Option<u64>,
    pub name: String,
}

#[derive(Debug, Clone)]
pub enum Answer {
    Home(Result<Vec<HomeRow>, Problem>),
    Search {
        seq: u64,
        part: Part<Title>,
    },
    Library {
        kind: TitleKind,
        /// With which it was asked for.
        filters: Filters,
        page: Result<LibraryPage, Problem>,
    },
    Genres {
        kind: TitleKind,
        genres: Result<Vec<GenreCount>, Problem>,
    },
    Title {
        id: TitleId,
        detail: Box<Result<TitleDetail, Problem>>,
    },
    Sources {
        title_id: TitleId,
        episode_id: Option<EpisodeId>,
        part: Part<SourceView>,
    },
    Prepared {
        seq: u64,
        result: Result<Prepared, Problem>,
    },
    Subtitles {
        url: String,
        /// WebVTT.
        text: Result<String, Problem>,
    },
    Box(Result<BoxInfo, Problem>),
    Services(Result<ServicesPage, Problem>),
    Pin(Result<PinView, Problem>),
    PinHidden,
    Paired(Result<(), Problem>),
    OfBox(BoxAnswer),
}

/// A piece of an answer that comes bit by bit.
#[derive(Debug, Clone)]
pub enum Part<T> {
    Item(T),
    Done,
    Failed(Problem),
}

#[derive(Debug, Clone)]
pub struct LibraryPage {
    pub items: Vec<Title>,
    pub next: Option<String>,
}

/// What `POST player/prepare` answers, as far as the TV needs it: the load comes over the WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Prepared {
    pub session_id: SessionId,
    pub source_id: SourceId,
}

/// What `GET box` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BoxInfo {
    pub name: String,
    pub version: String,
    #[serde(default)]
    pub urls: Vec<String>,
    #[serde(default)]
    pub hostname: String,
    /// Whether this is the box's own TV.
    #[serde(default)]
    pub local: bool,
}

impl BoxInfo {
    /// The address a phone should open.
    pub fn address(&self) -> Option<&str> {
        self.urls.first().map(String::as_str)
    }
}

/// What `POST pairing/pin` answers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct PinView {
    pub pin: String,
    /// Seconds.
    pub expires_in: u64,
    /// The address a phone opens to be paired, PIN included.
    pub url: String,
}

/// Why something did not work, for people.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Problem {
    #[serde(default)]
    pub slug: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub detail: String,
}

impl Problem {
    /// The slug of `unreachable`.
    pub const NO_DAEMON: &'static str = "no-daemon";
    /// What the daemon answered has another shape than expected.
    pub const UNREADABLE: &'static str = "answer-unreadable";

    /// The daemon did not answer at all.
    pub fn unreachable(detail: impl Into<String>) -> Self {
        Self {
            slug: Self::NO_DAEMON.into(),
            title: String::new(),
            detail: detail.into(),
        }
    }

    pub fn is_unreachable(&self) -> bool {
        self.slug == Self::NO_DAEMON
    }

    /// The most telling sentence of the other side, for logs; people read `words::problem`.
    pub fn sentence(&self) -> &str {
        if self.detail.is_empty() {
            &self.title
        } else {
            &self.detail
        }
    }
}

impl From<&Failure> for Problem {
    fn from(failure: &Failure) -> Self {
        Self {
            slug: failure.reason.clone(),
            title: String::new(),
            detail: failure.detail.clone(),
        }
    }
}

impl From<&Trouble> for Problem {
    fn from(trouble: &Trouble) -> Self {
        Self {
            slug: trouble.slug.clone(),
            title: String::new(),
            detail: trouble.detail.clone(),
        }
    }
}

/// How the connection to the daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Link {
    Up,
    Down {
        why: String,
    },
    /// The box wants a PIN first.
    Unpaired,
}

/// What the player is told.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerOrder {
    Load {
        load_id: LoadId,
        stream: Stream,
        start_ms: u64,
        paused: bool,
        volume: u8,
        /// Of a film in several files: which one the stream is.
        piece: Option<Piece>,
    },
    /// The film that plays goes on under another load id.
    Adopt {
        load_id: LoadId,
    },
    Play,
    Pause,
    Seek {
        position_ms: u64,
    },
    SetVolume {
        volume: u8,
    },
    Stop,
    Sound {
        track: usize,
    },
    /// Those inside the film. None: off.
    Subtitles {
        track: Option<usize>,
    },
    /// Those in a file of their own, as WebVTT.
    OutsideSubtitles {
        text: String,
    },
}

/// What the player says.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerNews {
    Report { load_id: LoadId, report: LoadReport },
    Inside { load_id: LoadId, inside: Inside },
}

/// What is in the film that plays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inside {
    pub tracks: Tracks,
    /// By their start.
    pub chapters: Vec<Chapter>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Empty where the film does not say.
    pub name: String,
    pub start_ms: u64,
}

/// The tracks of what plays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracks {
    pub sound: Vec<Track>,
    pub subtitles: Vec<Track>,
    pub sound_at: Option<usize>,
    /// None: off.
    pub subtitles_at: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Track {
    /// Of subtitles: by which the box knows them.
    pub id: String,
    /// ISO 639.
    pub language: Option<String>,
    pub name: Option<String>,
    pub codec: Option<String>,
    /// Only what is foreign in the film itself.
    pub forced: bool,
    /// With the sounds in words.
    pub hearing_impaired: bool,
    /// Of subtitles in a file of their own: a path on the box.
    pub url: Option<String>,
}

impl From<&OutsideTrack> for Track {
    fn from(outside: &OutsideTrack) -> Self {
        let track = &outside.track;
        Self {
            id: track.id.clone(),
            language: track.language.clone(),
            name: track.label.clone(),
            codec: None,
            forced: track.forced,
            hearing_impaired: track.hearing_impaired,
            url: Some(outside.url.clone()),
        }
    }
}
