//! One actor owns every session and every screen: it alone decides order and time.
//!
//! Bounded inbox in; a broadcast of facts out. A client that joins, or fell behind, asks for the
//! whole state again and goes on from there: `Subscription::replay`, then `Subscription::live`.

mod house;
mod runner_up;
mod screens;
mod subtitles;
mod viewings;

use std::{
    collections::HashMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use hearth_model::{
    Caller, Command, DeviceId, Failure, LoadId, LoadReport, Piece, ProfileId, Refusal,
    ScreenAbilities, ScreenId, ScreenInfo, ScreenKind, ServerMessage, ServerMs, Session, SessionId,
    Source, SourceId, Start, Stream, SubtitleSearch,
};
use runner_up::Ready;
use tokio::sync::{broadcast, mpsc, oneshot};

use crate::{
    Clock, Error,
    device::TvLine,
    learning::Learning,
    saving::{Saving, VOLUMES},
    streams::{Opened, Streams},
    subtitles::{Offered, Outside, SubtitleFiles, Wanted},
};

const INBOX: usize = 256;
/// Facts a slow client may fall behind before it has to ask for the whole state again.
const BACKLOG: usize = 256;

/// The state now, and everything after it.
#[derive(Debug)]
pub struct Subscription {
    pub replay: Vec<ServerMessage>,
    pub live: broadcast::Receiver<Arc<ServerMessage>>,
}

/// A screen as it introduces itself.
#[derive(Debug)]
pub struct ScreenHello {
    pub caller: Caller,
    pub name: String,
    pub kind: ScreenKind,
    pub abilities: ScreenAbilities,
    pub passing: bool,
    /// The session whose film it still has.
    pub playing: Option<SessionId>,
}

/// A connected screen's end of the line. Dropping it takes the screen away.
#[derive(Debug)]
pub struct ScreenLine {
    pub id: ScreenId,
    pub orders: mpsc::Receiver<ServerMessage>,
    /// Of the box's own TV.
    pub(crate) tv: Option<TvLine>,
    generation: u64,
    inbox: mpsc::Sender<Input>,
}

impl Drop for ScreenLine {
    fn drop(&mut self) {
        let gone = Input::ScreenGone {
            screen_id: self.id,
            generation: self.generation,
        };
        let inbox = self.inbox.clone();
        if let Err(mpsc::error::TrySendError::Full(gone)) = inbox.try_send(gone)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(async move {
                let _ = inbox.send(gone).await;
            });
        }
    }
}

/// What `prepare` answers once a source is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub session_id: SessionId,
    pub source_id: SourceId,
    pub stream: Stream,
    pub resume_ms: u64,
}

/// What is done for a film beside playing it.
#[derive(Debug, Clone, Copy)]
pub struct Care {
    /// A source of the wrong length is given up.
    pub length: bool,
    /// The next source is made ready.
    pub runner_up: bool,
}

/// What a session starts from: a title on a screen, and its sources, best first.
#[derive(Debug)]
pub struct Viewing {
    pub start: Start,
    pub sources: Vec<Source>,
    /// Subtitles in files of their own.
    pub subtitles: Vec<Outside>,
    /// Who looks for more of them.
    pub finder: mpsc::Sender<Wanted>,
    /// All that is found by then, best first, each time the search finds more.
    pub more: mpsc::Receiver<Vec<Source>>,
    pub profile: ProfileId,
    /// How long it should be, where that is known and matters.
    pub runtime_ms: Option<u64>,
}

#[derive(Debug)]
enum Input {
    Subscribe(oneshot::Sender<Subscription>),
    Screens(oneshot::Sender<Vec<ScreenInfo>>),
    ScreenHere(Box<ScreenHello>, oneshot::Sender<ScreenLine>),
    ScreenGone {
        screen_id: ScreenId,
        generation: u64,
    },
    Page {
        screen_id: ScreenId,
        page: String,
        text: Option<String>,
    },
    ToScreen {
        screen_id: ScreenId,
        message: ServerMessage,
        reply: oneshot::Sender<bool>,
    },
    Begin(Box<Viewing>, oneshot::Sender<Result<Prepared, Error>>),
    Found {
        session_id: SessionId,
        sources: Vec<Source>,
        more_to_come: bool,
    },
    Command {
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
        expected_rev: Option<u64>,
        reply: oneshot::Sender<Result<(), (Refusal, Option<u64>)>>,
    },
    Subtitles {
        session_id: SessionId,
        subtitles: Option<String>,
        reply: oneshot::Sender<Result<(), (Refusal, Option<u64>)>>,
    },
    FindSubtitles {
        session_id: SessionId,
        reply: oneshot::Sender<Result<(), (Refusal, Option<u64>)>>,
    },
    SubtitlesFound {
        session_id: SessionId,
        source_id: SourceId,
        outside: Vec<Outside>,
        search: SubtitleSearch,
    },
    SubtitlesFailed(Arc<Offered>, Failure),
    Report {
        screen_id: ScreenId,
        session_id: SessionId,
        load_id: LoadId,
        report: LoadReport,
    },
    Opened {
        session_id: SessionId,
        load_id: LoadId,
        /// And which piece of the film that is.
        result: Result<(Arc<Opened>, Option<Piece>), Failure>,
    },
    /// The next source was made ready, or cannot be.
    Ready {
        session_id: SessionId,
        source_id: SourceId,
        result: Result<Option<Arc<Opened>>, Failure>,
    },
    LibraryChanged,
    BoxChanged,
    ProviderTurned {
        provider: String,
        name: String,
        working: bool,
        detail: Option<String>,
    },
    Unpaired(DeviceId),
    End(oneshot::Sender<()>),
}

/// The handle everybody holds.
#[derive(Debug, Clone)]
pub struct Sessions {
    inbox: mpsc::Sender<Input>,
    clock: Clock,
    playing: Arc<AtomicBool>,
}

impl Sessions {
    pub(crate) fn start(
        clock: Clock,
        saving: Saving,
        streams: Arc<Streams>,
        learning: Arc<Learning>,
        subtitles: Arc<SubtitleFiles>,
        loopback: Arc<OnceLock<String>>,
        care: Care,
    ) -> Self {
        let (inbox, receiver) = mpsc::channel(INBOX);
        let store = &saving.store;
        let local_screen = store.setting_or("screen.local", ScreenId::new).unwrap_or_else(|error| {
            tracing::warn!(%error, "the TV's identity could not be kept; it gets a passing one");
            ScreenId::new()
        });
        let volumes = store.setting(VOLUMES).unwrap_or_else(|error| {
            tracing::warn!(%error, "the screens' volumes could not be read");
            None
        });
        let playing = Arc::<AtomicBool>::default();
        let house = House {
            clock: clock.clone(),
            saving,
            streams,
            learning,
            care,
            playing: playing.clone(),
            subtitles,
            loopback,
            local_screen,
            inbox: inbox.clone(),
            live: broadcast::channel(BACKLOG).0,
            screens: HashMap::new(),
            volumes: volumes.unwrap_or_default(),
            sessions: HashMap::new(),
        };
        tokio::spawn(house.run(receiver));
        Self {
            inbox,
            clock,
            playing,
        }
    }

    pub fn now(&self) -> ServerMs {
        self.clock.now()
    }

    async fn ask<T>(&self, input: impl FnOnce(oneshot::Sender<T>) -> Input) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.inbox
            .send(input(reply))
            .await
            .map_err(|_| Error::ShuttingDown)?;
        answer.await.map_err(|_| Error::ShuttingDown)
    }

    pub async fn subscribe(&self) -> Result<Subscription, Error> {
        self.ask(Input::Subscribe).await
    }

    pub async fn screens(&self) -> Result<Vec<ScreenInfo>, Error> {
        self.ask(Input::Screens).await
    }

    pub async fn screen_here(&self, hello: ScreenHello) -> Result<ScreenLine, Error> {
        self.ask(|reply| Input::ScreenHere(Box::new(hello), reply))
            .await
    }

    pub async fn page(&self, screen_id: ScreenId, page: String, text: Option<String>) {
        let _ = self
            .inbox
            .send(Input::Page {
                screen_id,
                page,
                text,
            })
            .await;
    }

    /// Passes a key or a text on to a screen. False when it is not there.
    pub async fn to_screen(
        &self,
        screen_id: ScreenId,
        message: ServerMessage,
    ) -> Result<bool, Error> {
        self.ask(|reply| Input::ToScreen {
            screen_id,
            message,
            reply,
        })
        .await
    }

    /// Begins a session, ending the one the screen had, and waits for an open source.
    pub async fn begin(&self, viewing: Viewing) -> Result<Prepared, Error> {
        self.ask(|reply| Input::Begin(Box::new(viewing), reply))
            .await?
    }

    /// The refusal comes with the session's revision, where there is a session.
    pub async fn command(
        &self,
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
        expected_rev: Option<u64>,
    ) -> Result<Result<(), (Refusal, Option<u64>)>, Error> {
        self.ask(|reply| Input::Command {
            session_id,
            command,
            position_ms,
            volume,
            expected_rev,
            reply,
        })
        .await
    }

    /// Shows the subtitles of an id, or none; refused as a command is.
    pub async fn choose_subtitles(
        &self,
        session_id: SessionId,
        subtitles: Option<String>,
    ) -> Result<Result<(), (Refusal, Option<u64>)>, Error> {
        self.ask(|reply| Input::Subtitles {
            session_id,
            subtitles,
            reply,
        })
        .await
    }

    /// Begins to look for subtitles elsewhere; refused as a command is.
    pub async fn find_subtitles(
        &self,
        session_id: SessionId,
    ) -> Result<Result<(), (Refusal, Option<u64>)>, Error> {
        self.ask(|reply| Input::FindSubtitles { session_id, reply })
            .await
    }

    /// All that a session offers in files of their own now, and how far the search is.
    pub(crate) async fn subtitles_found(
        &self,
        session_id: SessionId,
        source_id: SourceId,
        outside: Vec<Outside>,
        search: SubtitleSearch,
    ) {
        let found = Input::SubtitlesFound {
            session_id,
            source_id,
            outside,
            search,
        };
        let _ = self.inbox.send(found).await;
    }

    /// Those that a screen asked for cannot be had.
    pub(crate) async fn subtitles_failed(&self, offered: Arc<Offered>, failure: Failure) {
        let _ = self
            .inbox
            .send(Input::SubtitlesFailed(offered, failure))
            .await;
    }

    pub async fn report(
        &self,
        screen_id: ScreenId,
        session_id: SessionId,
        load_id: LoadId,
        report: LoadReport,
    ) {
        let _ = self
            .inbox
            .send(Input::Report {
                screen_id,
                session_id,
                load_id,
                report,
            })
            .await;
    }

    /// Whether a film comes or plays somewhere: then the line is its own.
    pub fn are_playing(&self) -> bool {
        self.playing.load(Ordering::Relaxed)
    }

    /// Tells everybody that a provider that worked stopped, or works again.
    pub async fn provider_turned(
        &self,
        (provider, name): (String, String),
        working: bool,
        detail: Option<String>,
    ) {
        let _ = self
            .inbox
            .send(Input::ProviderTurned {
                provider,
                name,
                working,
                detail,
            })
            .await;
    }

    /// Tells everybody that the home page's rows are old.
    pub async fn library_changed(&self) {
        let _ = self.inbox.send(Input::LibraryChanged).await;
    }

    /// Tells everybody that what the box says of itself is old.
    pub async fn box_changed(&self) {
        let _ = self.inbox.send(Input::BoxChanged).await;
    }

    /// Ends what plays on the screens of a device that left the house, and forgets them.
    pub async fn unpaired(&self, id: DeviceId) {
        let _ = self.inbox.send(Input::Unpaired(id)).await;
    }

    /// Saves every position and ends.
    pub async fn end(&self) {
        if self.ask(Input::End).await.is_err() {
            tracing::debug!("the sessions had ended already");
        }
    }
}

struct Screen {
    info: ScreenInfo,
    caller: Caller,
    passing: bool,
    line: Option<mpsc::Sender<ServerMessage>>,
    generation: u64,
    away_since: Option<ServerMs>,
}

struct Running {
    session: Session,
    sources: HashMap<SourceId, Source>,
    /// Kept open while the session plays it.
    opened: Option<Arc<Opened>>,
    /// What takes over when that fails.
    ready: Ready,
    /// How long it should be.
    runtime_ms: Option<u64>,
    /// Offered as long as the session is there.
    subtitles: Vec<Arc<Offered>>,
    finder: mpsc::Sender<Wanted>,
    /// Who prepared it, until a source is open.
    waiting: Option<oneshot::Sender<Result<Prepared, Error>>>,
    resume_ms: u64,
    profile: ProfileId,
    /// It ended or failed then.
    over_since: Option<ServerMs>,
}

/// The actor's state. Only `run` touches it.
struct House {
    clock: Clock,
    saving: Saving,
    streams: Arc<Streams>,
    learning: Arc<Learning>,
    care: Care,
    /// For those who must not take of a film's line.
    playing: Arc<AtomicBool>,
    subtitles: Arc<SubtitleFiles>,
    /// Where the box's own TV reads media, known once that listener is up.
    loopback: Arc<OnceLock<String>>,
    local_screen: ScreenId,
    inbox: mpsc::Sender<Input>,
    live: broadcast::Sender<Arc<ServerMessage>>,
    screens: HashMap<ScreenId, Screen>,
    /// How loud each screen was left, those away included.
    volumes: HashMap<ScreenId, u8>,
    sessions: HashMap<SessionId, Running>,
}

#[cfg(test)]
mod tests;
