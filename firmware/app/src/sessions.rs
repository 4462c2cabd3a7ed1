//! One actor owns every session and every screen: it alone decides order and time.
//!
//! Bounded inbox in; a broadcast of facts out. A client that joins, or fell behind, asks for the
//! whole state again and goes on from there: `Subscription::replay`, then `Subscription::live`.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
    time::Duration,
};

use hearth_model::{
    Caller, Command, DeviceId, Effect, Failure, Health, LoadId, LoadReport, Phase, ProfileId,
    Progress, Refusal, ScreenAbilities, ScreenCommand, ScreenId, ScreenInfo, ScreenKind,
    ServerMessage, ServerMs, Session, SessionId, Source, SourceId, Start, Stream,
};
use hearth_store::Store;
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    time::MissedTickBehavior,
};

use crate::{
    Clock, Error,
    saving::{Save, Saving, VOLUMES},
    streams::{Opened, Streams},
};

const INBOX: usize = 256;
/// Facts a slow client may fall behind before it has to ask for the whole state again.
const BACKLOG: usize = 256;
/// What waits for one screen: a screen that does not read this much is taken for dead. More than
/// a client may send at once, so that nobody can knock a reading screen off its line.
const SCREEN_QUEUE: usize = 512;
/// A session whose screen stays away this long is over; its place is kept.
const SCREEN_AWAY_MS: u64 = 10 * 60_000;
/// A session that ended or failed stays for people to read why, so long at most.
const OVER_MS: u64 = 10 * 60_000;
const FIRST_VOLUME: u8 = 80;

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

/// What a session starts from: a title on a screen, and its sources, best first.
#[derive(Debug)]
pub struct Viewing {
    pub start: Start,
    pub sources: Vec<Source>,
    /// All that is found by then, best first, each time the search finds more.
    pub more: mpsc::Receiver<Vec<Source>>,
    pub profile: ProfileId,
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
    Report {
        screen_id: ScreenId,
        session_id: SessionId,
        load_id: LoadId,
        report: LoadReport,
    },
    Opened {
        session_id: SessionId,
        load_id: LoadId,
        result: Result<Arc<Opened>, Failure>,
    },
    LibraryChanged,
    Unpaired(DeviceId),
    End(oneshot::Sender<()>),
}

/// The handle everybody holds.
#[derive(Debug, Clone)]
pub struct Sessions {
    inbox: mpsc::Sender<Input>,
    clock: Clock,
}

impl Sessions {
    pub fn start(
        clock: Clock,
        store: Store,
        streams: Arc<Streams>,
        loopback: Arc<OnceLock<String>>,
    ) -> Self {
        let (inbox, receiver) = mpsc::channel(INBOX);
        let local_screen = store.setting_or("screen.local", ScreenId::new).unwrap_or_else(|error| {
            tracing::warn!(%error, "the TV's identity could not be kept; it gets a passing one");
            ScreenId::new()
        });
        let volumes = store.setting(VOLUMES).unwrap_or_else(|error| {
            tracing::warn!(%error, "the screens' volumes could not be read");
            None
        });
        let house = House {
            clock: clock.clone(),
            saving: Saving::start(store),
            streams,
            loopback,
            local_screen,
            inbox: inbox.clone(),
            live: broadcast::channel(BACKLOG).0,
            screens: HashMap::new(),
            volumes: volumes.unwrap_or_default(),
            sessions: HashMap::new(),
        };
        tokio::spawn(house.run(receiver));
        Self { inbox, clock }
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

    /// Tells everybody that the home page's rows are old.
    pub async fn library_changed(&self) {
        let _ = self.inbox.send(Input::LibraryChanged).await;
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

impl House {
    async fn run(mut self, mut inbox: mpsc::Receiver<Input>) {
        let mut tick = tokio::time::interval(Duration::from_secs(5));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                input = inbox.recv() => match input {
                    Some(Input::End(done)) => {
                        self.end().await;
                        let _ = done.send(());
                        return;
                    }
                    Some(input) => self.take(input),
                    None => return,
                },
                _ = tick.tick() => self.sweep(),
            }
        }
    }

    fn take(&mut self, input: Input) {
        let now = self.clock.now();
        match input {
            Input::Subscribe(reply) => {
                let _ = reply.send(self.subscription(now));
            }
            Input::Screens(reply) => {
                let mut screens: Vec<_> = self
                    .screens
                    .values()
                    .map(|screen| screen.info.clone())
                    .collect();
                screens.sort_by_key(|screen| (screen.kind != ScreenKind::Tv, screen.id));
                let _ = reply.send(screens);
            }
            Input::ScreenHere(hello, reply) => self.screen_here(*hello, reply, now),
            Input::ScreenGone {
                screen_id,
                generation,
            } => {
                self.screen_gone(screen_id, generation, now);
            }
            Input::Page {
                screen_id,
                page,
                text,
            } => {
                if let Some(screen) = self.screens.get_mut(&screen_id) {
                    screen.info.page = Some(page);
                    screen.info.text = text;
                    let state = ServerMessage::ScreenState(screen.info.clone());
                    self.announce(state);
                }
            }
            Input::ToScreen {
                screen_id,
                message,
                reply,
            } => {
                // A key that finds no room is lost; only orders show that a screen is dead.
                let line = self
                    .screens
                    .get(&screen_id)
                    .and_then(|screen| screen.line.as_ref());
                let sent = line.is_some_and(|line| line.try_send(message).is_ok());
                let _ = reply.send(sent);
            }
            Input::Begin(viewing, reply) => self.begin(*viewing, reply, now),
            Input::Found {
                session_id,
                sources,
                more_to_come,
            } => {
                if let Some(running) = self.sessions.get_mut(&session_id) {
                    let ids = sources.iter().map(|source| source.id).collect();
                    for source in sources {
                        running.sources.entry(source.id).or_insert(source);
                    }
                    let effects = running.session.sources_found(ids, more_to_come, now);
                    self.carry_out(session_id, effects);
                }
            }
            Input::Command {
                session_id,
                command,
                position_ms,
                volume,
                expected_rev,
                reply,
            } => {
                let answer =
                    self.command(session_id, command, position_ms, volume, expected_rev, now);
                let _ = reply.send(answer);
            }
            Input::Report {
                screen_id,
                session_id,
                load_id,
                report,
            } => {
                if let Some(running) = self.sessions.get_mut(&session_id)
                    && running.session.screen_id == screen_id
                {
                    let effects = running.session.report(load_id, report, now);
                    self.carry_out(session_id, effects);
                }
            }
            Input::Opened {
                session_id,
                load_id,
                result,
            } => {
                self.source_opened(session_id, load_id, result, now);
            }
            Input::Unpaired(id) => self.forget_screens(Caller::Device(id), now),
            Input::LibraryChanged => self.announce(ServerMessage::LibraryChanged),
            Input::End(_) => unreachable!("taken by run"),
        }
    }

    fn subscription(&self, now: ServerMs) -> Subscription {
        let mut states: Vec<_> = self
            .sessions
            .values()
            .map(|running| running.session.room_state(now))
            .collect();
        states.sort_by_key(|state| state.room_id);
        let mut infos: Vec<_> = self
            .screens
            .values()
            .map(|screen| screen.info.clone())
            .collect();
        infos.sort_by_key(|info| info.id);
        let whole = ServerMessage::Replicated {
            server_ms: now,
            sessions: states.iter().map(|state| state.room_id).collect(),
            screens: infos.iter().map(|info| info.id).collect(),
        };
        let mut replay: Vec<_> = states.into_iter().map(ServerMessage::RoomState).collect();
        replay.extend(infos.into_iter().map(ServerMessage::ScreenState));
        replay.push(whole);
        Subscription {
            replay,
            live: self.live.subscribe(),
        }
    }

    fn announce(&self, message: ServerMessage) {
        // Nobody listening is nobody to tell.
        let _ = self.live.send(Arc::new(message));
    }

    fn screen_here(
        &mut self,
        hello: ScreenHello,
        reply: oneshot::Sender<ScreenLine>,
        now: ServerMs,
    ) {
        let local = hello.caller == Caller::Local;
        let id = match (hello.passing, local, hello.kind) {
            (true, ..) => ScreenId::new(),
            (false, true, ScreenKind::Tv) => self.local_screen,
            (false, ..) => ScreenId::from_name(&format!("{:?}/{:?}", hello.caller, hello.kind)),
        };
        // It speaks over a new line before the old one was seen to be dead.
        if let Some(generation) = self.screens.get(&id).map(|screen| screen.generation) {
            self.screen_gone(id, generation, now);
        }
        let (line, orders) = mpsc::channel(SCREEN_QUEUE);
        let known = self.screens.get(&id);
        let generation = known.map_or(1, |screen| screen.generation + 1);
        let info = ScreenInfo {
            id,
            name: hello.name.chars().take(64).collect(),
            kind: hello.kind,
            connected: true,
            page: None,
            text: None,
            abilities: hello.abilities,
        };
        let screen = Screen {
            info: info.clone(),
            caller: hello.caller,
            passing: hello.passing,
            line: Some(line),
            generation,
            away_since: None,
        };
        self.screens.insert(id, screen);
        let line = ScreenLine {
            id,
            orders,
            generation,
            inbox: self.inbox.clone(),
        };
        if reply.send(line).is_err() {
            // The connection went while it was introduced: its line's end says so by itself.
            return;
        }
        self.announce(ServerMessage::ScreenState(info));
        for session_id in self.sessions_on(id) {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                let still_holds = hello.playing == Some(session_id);
                let effects = running.session.screen_back(still_holds, now);
                self.carry_out(session_id, effects);
            }
        }
    }

    fn screen_gone(&mut self, screen_id: ScreenId, generation: u64, now: ServerMs) {
        let Some(screen) = self.screens.get_mut(&screen_id) else {
            return;
        };
        if screen.generation != generation || screen.line.is_none() {
            return;
        }
        screen.line = None;
        screen.away_since = Some(now);
        screen.info.connected = false;
        screen.info.page = None;
        screen.info.text = None;
        let info = screen.info.clone();
        let passing = screen.passing;
        for session_id in self.sessions_on(screen_id) {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                let effects = if passing {
                    running.session.stop(now)
                } else {
                    running.session.screen_lost(now)
                };
                self.carry_out(session_id, effects);
                if passing {
                    self.forget(session_id);
                }
            }
        }
        if passing {
            self.remove_screen(screen_id);
        } else {
            self.announce(ServerMessage::ScreenState(info));
        }
    }

    fn sessions_on(&self, screen_id: ScreenId) -> Vec<SessionId> {
        self.sessions
            .iter()
            .filter(|(_, running)| running.session.screen_id == screen_id)
            .map(|(id, _)| *id)
            .collect()
    }

    fn send_to_screen(&mut self, screen_id: ScreenId, message: ServerMessage) -> bool {
        let Some(screen) = self.screens.get_mut(&screen_id) else {
            return false;
        };
        let Some(line) = &screen.line else {
            return false;
        };
        match line.try_send(message) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%screen_id, %error, "a screen does not read its orders");
                let generation = screen.generation;
                self.screen_gone(screen_id, generation, self.clock.now());
                false
            }
        }
    }

    fn begin(
        &mut self,
        mut viewing: Viewing,
        reply: oneshot::Sender<Result<Prepared, Error>>,
        now: ServerMs,
    ) {
        let screen_id = viewing.start.screen_id;
        let is_here = self
            .screens
            .get(&screen_id)
            .is_some_and(|screen| screen.line.is_some());
        if !is_here {
            let _ = reply.send(Err(Error::ScreenAway));
            return;
        }
        viewing.start.volume = self
            .volumes
            .get(&screen_id)
            .copied()
            .unwrap_or(FIRST_VOLUME);
        for session_id in self.sessions_on(screen_id) {
            self.stop(session_id, now);
        }
        let resume_ms = viewing.start.resume_ms;
        let (session, effects) = Session::start(viewing.start, now);
        let session_id = session.id;
        tokio::spawn(pass_on(session_id, viewing.more, self.inbox.clone()));
        let running = Running {
            session,
            sources: viewing
                .sources
                .into_iter()
                .map(|source| (source.id, source))
                .collect(),
            opened: None,
            waiting: Some(reply),
            resume_ms,
            profile: viewing.profile,
            over_since: None,
        };
        self.sessions.insert(session_id, running);
        self.carry_out(session_id, effects);
    }

    fn stop(&mut self, session_id: SessionId, now: ServerMs) {
        if let Some(running) = self.sessions.get_mut(&session_id) {
            let effects = running.session.stop(now);
            self.carry_out(session_id, effects);
            self.forget(session_id);
        }
    }

    fn forget(&mut self, session_id: SessionId) {
        if let Some(running) = self.sessions.remove(&session_id)
            && let Some(waiting) = running.waiting
        {
            let _ = waiting.send(Err(Error::Superseded));
        }
    }

    fn command(
        &mut self,
        session_id: SessionId,
        command: Command,
        position_ms: Option<u64>,
        volume: Option<u8>,
        expected_rev: Option<u64>,
        now: ServerMs,
    ) -> Result<(), (Refusal, Option<u64>)> {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return Err((Refusal::NoSession, None));
        };
        let effects = running
            .session
            .command(command, position_ms, volume, expected_rev, now)
            .map_err(|refusal| (refusal, Some(running.session.rev())))?;
        let volume = running.session.volume();
        let screen_id = running.session.screen_id;
        self.carry_out(session_id, effects);
        if command == Command::SetVolume {
            self.keep_volume(screen_id, volume);
        }
        if command == Command::Stop {
            self.forget(session_id);
        }
        Ok(())
    }

    fn keep_volume(&mut self, screen_id: ScreenId, volume: u8) {
        if self.volumes.insert(screen_id, volume) == Some(volume) {
            return;
        }
        let mut kept = self.volumes.clone();
        kept.retain(|id, _| self.screens.get(id).is_none_or(|screen| !screen.passing));
        self.saving.save(Save::Volumes(kept));
    }

    /// Its device is no longer of the house: nobody waits for it to come back.
    fn forget_screens(&mut self, caller: Caller, now: ServerMs) {
        let theirs: Vec<_> = self
            .screens
            .iter()
            .filter(|(_, screen)| screen.caller == caller)
            .map(|(id, _)| *id)
            .collect();
        for screen_id in theirs {
            for session_id in self.sessions_on(screen_id) {
                self.stop(session_id, now);
            }
            self.remove_screen(screen_id);
        }
    }

    fn remove_screen(&mut self, screen_id: ScreenId) {
        self.screens.remove(&screen_id);
        self.volumes.remove(&screen_id);
        self.announce(ServerMessage::ScreenGone { screen_id });
    }

    fn source_opened(
        &mut self,
        session_id: SessionId,
        load_id: LoadId,
        result: Result<Arc<Opened>, Failure>,
        now: ServerMs,
    ) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        if running.session.load_id() != load_id {
            return;
        }
        let effects = match result {
            Ok(opened) => {
                let stream = self.streams.address(&opened);
                running.opened = Some(opened);
                running.session.source_ready(load_id, stream, now)
            }
            Err(failure) => {
                let source_id = running.session.source();
                tracing::warn!(%source_id, reason = failure.reason, detail = failure.detail, "a source does not open");
                let mut effects = running.session.source_failed(load_id, failure, now);
                effects.push(Effect::Learn {
                    source_id,
                    health: Health::Failing,
                });
                effects
            }
        };
        self.carry_out(session_id, effects);
    }

    /// After whatever changed a session: a source that is not played any more is closed, and who
    /// prepared it hears how that went.
    fn settle(&mut self, session_id: SessionId) {
        let Some(running) = self.sessions.get_mut(&session_id) else {
            return;
        };
        let session = &running.session;
        if session.stream().is_none() {
            running.opened = None;
        }
        running.over_since = match session.phase() {
            Phase::Ended | Phase::Failed => running.over_since.or(Some(self.clock.now())),
            _ => None,
        };
        let answer = match (session.stream(), session.phase()) {
            (Some(stream), _) => Ok(Prepared {
                session_id,
                source_id: session.source(),
                stream: stream.clone(),
                resume_ms: running.resume_ms,
            }),
            (None, Phase::Failed) => Err(Error::NoSourcePlays(session.last_failure().map_or_else(
                || "no source could be opened".into(),
                |failure| failure.detail.clone(),
            ))),
            (None, _) => return,
        };
        if let Some(waiting) = running.waiting.take() {
            let _ = waiting.send(answer);
        }
    }

    fn carry_out(&mut self, session_id: SessionId, effects: Vec<Effect>) {
        for effect in effects {
            let Some(running) = self.sessions.get_mut(&session_id) else {
                return;
            };
            match effect {
                Effect::ToScreen(command) => {
                    let screen_id = running.session.screen_id;
                    let command = self.addressed(screen_id, command);
                    self.send_to_screen(screen_id, ServerMessage::ToScreen { screen_id, command });
                }
                Effect::PrepareSource { load_id, source_id } => {
                    let source = running.sources.get(&source_id).cloned();
                    let streams = self.streams.clone();
                    let inbox = self.inbox.clone();
                    tokio::spawn(async move {
                        let result = match source {
                            Some(source) => streams.open(&source).await,
                            None => Err(Failure::new("source-unknown", "the source was forgotten")),
                        };
                        let _ = inbox
                            .send(Input::Opened {
                                session_id,
                                load_id,
                                result,
                            })
                            .await;
                    });
                }
                Effect::SaveProgress {
                    position_ms,
                    duration_ms,
                    finished,
                } => {
                    let progress = Progress {
                        title_id: running.session.title_id,
                        episode_id: running.session.episode_id,
                        position_ms,
                        duration_ms,
                        watched_at: self.clock.wall(),
                        finished,
                    };
                    let source = running.sources.get(&running.session.source()).cloned();
                    self.saving
                        .save(Save::Progress(running.profile, progress, source));
                }
                Effect::Learn { source_id, health } => {
                    if let Some(source) = running.sources.get_mut(&source_id) {
                        source.health = health;
                        let at = self.clock.wall();
                        self.saving
                            .save(Save::Health(source.clone(), health == Health::Good, at));
                    }
                }
                Effect::Announce(message) => {
                    if let ServerMessage::SourceEvent { change, .. } = &message {
                        tracing::info!(%session_id, reason = change.failure.reason, to = ?change.to, "another source takes over");
                    }
                    self.announce(message);
                }
            }
        }
        self.settle(session_id);
    }

    /// The box's own TV reads media from the loopback listener; others from where they reach the box.
    fn addressed(&self, screen_id: ScreenId, mut command: ScreenCommand) -> ScreenCommand {
        if let ScreenCommand::Load { stream, .. } = &mut command
            && stream.url.starts_with('/')
            && self
                .screens
                .get(&screen_id)
                .is_some_and(|screen| screen.caller == Caller::Local)
            && let Some(loopback) = self.loopback.get()
        {
            stream.url = format!("{loopback}{}", stream.url);
        }
        command
    }

    fn sweep(&mut self) {
        let now = self.clock.now();
        let away: Vec<_> = self
            .screens
            .values()
            .filter(|screen| {
                screen
                    .away_since
                    .is_some_and(|since| now.saturating_sub(since) > SCREEN_AWAY_MS)
            })
            .map(|screen| screen.info.id)
            .collect();
        for screen_id in away {
            for session_id in self.sessions_on(screen_id) {
                self.stop(session_id, now);
            }
        }
        let over: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, running)| {
                running
                    .over_since
                    .is_some_and(|since| now.saturating_sub(since) > OVER_MS)
            })
            .map(|(id, _)| *id)
            .collect();
        for session_id in over {
            self.stop(session_id, now);
        }
        for running in self.sessions.values() {
            if let Some(opened) = &running.opened {
                self.streams.renew(opened);
            }
        }
    }

    async fn end(&mut self) {
        let now = self.clock.now();
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for session_id in ids {
            if let Some(running) = self.sessions.get_mut(&session_id) {
                // Without an answer it hears that the box is shutting down.
                running.waiting = None;
            }
            self.stop(session_id, now);
        }
        self.saving.flush().await;
    }
}

/// Hands the finds of a search to its session, and says when they end.
async fn pass_on(
    session_id: SessionId,
    mut more: mpsc::Receiver<Vec<Source>>,
    inbox: mpsc::Sender<Input>,
) {
    let mut sources = Vec::new();
    let mut more_to_come = true;
    while more_to_come {
        match more.recv().await {
            Some(found) => sources = found,
            None => more_to_come = false,
        }
        let found = Input::Found {
            session_id,
            sources: sources.clone(),
            more_to_come,
        };
        if inbox.send(found).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
#[path = "sessions_tests.rs"]
mod tests;
