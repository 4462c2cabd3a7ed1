//! What comes in from outside while pages are shown: the connection, the house's live messages,
//! answers, the player's words. And what playing asks of them.

use hearth_model::{
    Command, LoadReport, Mirror, Phase, RoomState, ScreenCommand, ServerMessage, SessionId, Slug,
    UpdateStatus,
};

use super::{
    Answer, BoxAnswer, BoxPage, BoxRequest, Effect, Fetch, Go, Home, Intent, Link, LinkState,
    Model, Page, PinEntry, PlayWish, Playback, PlayerNews, PlayerOrder, Problem, Request, Role,
    SetUp, Stage, player::Panel,
};
use crate::{
    facts,
    keys::Key,
    words::{problem, provider_turned, took_over, went_back, words},
};

impl Model {
    pub(super) fn linked(&mut self, link: Link) -> Vec<Effect> {
        match link {
            Link::Up => {
                self.link = LinkState::Up;
                if self.start.is_waiting() {
                    self.start = Fetch::waiting(self.now_ms);
                }
                self.mirror = Mirror::default();
                self.screen_id = None;
                self.told = None;
                self.notice = None;
                if matches!(self.page(), Page::Pin(_)) {
                    self.pages = vec![Page::Home(Box::new(Home::new(self.now_ms)))];
                }
                let mut effects = vec![Effect::Ask(Request::Box)];
                if matches!(self.role, Role::Household { .. }) {
                    effects.push(self.introduce());
                }
                effects.extend(self.ask_home());
                // A page that could not be filled while the box was away.
                if self.pages.len() > 1 && self.problem().is_some() {
                    effects.extend(self.refresh());
                }
                effects
            }
            Link::Down { why } => {
                if self.link == LinkState::Up {
                    let sentence = words(self.language).connection_lost;
                    self.say(sentence);
                }
                self.link = LinkState::Down { why };
                self.screen_id = None;
                self.mirror.whole = false;
                if self.playback.as_ref().is_some_and(|one| one.ended) {
                    return self.played_to_the_end();
                }
                Vec::new()
            }
            Link::Unpaired => {
                self.link = LinkState::Up;
                if !matches!(self.page(), Page::Pin(_)) {
                    self.pages = vec![Page::Pin(Box::default())];
                    self.rail = None;
                }
                Vec::new()
            }
        }
    }

    pub(super) fn live(&mut self, message: ServerMessage) -> Vec<Effect> {
        self.mirror.apply(&message);
        match message {
            ServerMessage::ScreenReady { screen_id } => {
                self.screen_id = Some(screen_id);
                self.told = None;
                match self.wish.take() {
                    Some(wish) => self.play(wish),
                    None => self.carry_on(),
                }
            }
            ServerMessage::Replicated { .. } => self.carry_on(),
            ServerMessage::LibraryChanged => self.ask_home(),
            ServerMessage::BoxChanged => vec![Effect::Ask(Request::OfBox(BoxRequest::Device))],
            ServerMessage::ProviderEvent { name, working, .. } => {
                self.say(provider_turned(&name, working, self.language));
                Vec::new()
            }
            ServerMessage::RoomState(state) => self.room(&state),
            ServerMessage::ToScreen { screen_id, command } if self.screen_id == Some(screen_id) => {
                self.ordered(command)
            }
            ServerMessage::Key { screen_id, key } if self.screen_id == Some(screen_id) => {
                Key::from_remote(&key)
                    .map(|key| self.update(Intent::Press(key), self.now_ms))
                    .unwrap_or_default()
            }
            ServerMessage::Text { screen_id, text } if self.screen_id == Some(screen_id) => {
                let (language, now_ms) = (self.language, self.now_ms);
                self.touched_ms = now_ms;
                match self.page_mut() {
                    Page::Search(page) => page.take_text(text, language, now_ms),
                    _ => Vec::new(),
                }
            }
            ServerMessage::Pairing { pin, .. } => {
                for page in &mut self.pages {
                    match page {
                        Page::Settings(page) => page.pin_changed(pin.clone()),
                        Page::OfBox(page) => page.pin_changed(pin.as_deref()),
                        _ => {}
                    }
                }
                Vec::new()
            }
            ServerMessage::SourceEvent {
                session_id, change, ..
            } => {
                let (language, now_ms) = (self.language, self.now_ms);
                if let Some(playback) = self.playback_of(session_id) {
                    if change.to.is_some() {
                        // Where somebody asked for another one, none failed.
                        let asked = change.failure.reason == Slug::Skipped.as_str();
                        playback.stage = if asked {
                            Stage::Opening
                        } else {
                            Stage::Switching
                        };
                        playback.say(took_over(&change.failure, language), now_ms);
                    } else {
                        playback.fail((&change.failure).into());
                        return vec![Effect::Player(PlayerOrder::Stop)];
                    }
                }
                Vec::new()
            }
            // Not the player's word: a source may end before its film does.
            ServerMessage::StateSync {
                session_id,
                phase: Phase::Ended,
                ..
            } => {
                if self.playback_of(session_id).is_some() {
                    return self.played_to_the_end();
                }
                Vec::new()
            }
            ServerMessage::SubtitlesFailed {
                session_id,
                failure,
            } => {
                let (language, now_ms) = (self.language, self.now_ms);
                if let Some(playback) = self.playback_of(session_id) {
                    playback.say(problem(&(&failure).into(), language), now_ms);
                }
                Vec::new()
            }
            ServerMessage::SessionEnded { session_id } => {
                if self.playback_of(session_id).is_some() {
                    return self.end_playing();
                }
                Vec::new()
            }
            ServerMessage::Refused { slug, detail, .. } => {
                let (language, now_ms) = (self.language, self.now_ms);
                match &mut self.playback {
                    Some(playback) if slug != Slug::StaleRevision.as_str() => {
                        let refusal = Problem {
                            slug,
                            title: String::new(),
                            detail,
                        };
                        playback.say(problem(&refusal, language), now_ms);
                    }
                    _ => {}
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn playback_of(&mut self, session_id: SessionId) -> Option<&mut Playback> {
        self.playback
            .as_mut()
            .filter(|playback| playback.session_id == Some(session_id))
    }

    /// A session on this screen, maybe begun by a phone: what it is called, whether it failed.
    fn room(&mut self, state: &RoomState) -> Vec<Effect> {
        let (language, now_ms) = (self.language, self.now_ms);
        if let Some(playback) = self.playback_of(state.room_id) {
            playback.title_id = Some(state.title_id);
            playback.episode_id = state.episode_id;
            playback.name = facts::playing_name(&state.title, state.season, state.number, language);
            playback.hear_search(state.subtitle_search.clone(), language, now_ms);
            if let (Phase::Failed, Some(notice)) = (state.phase, &state.notice) {
                playback.fail((&notice.failure).into());
            }
        }
        Vec::new()
    }

    fn ordered(&mut self, command: ScreenCommand) -> Vec<Effect> {
        let now_ms = self.now_ms;
        self.touched_ms = now_ms;
        if let ScreenCommand::Stop { load_id } = command {
            let Some(playback) = &mut self.playback else {
                return Vec::new();
            };
            if playback.load_id != Some(load_id) {
                return Vec::new();
            }
            // Another load follows: of the film's other file, or of another source, and that is told.
            if playback.has_picture() {
                playback.stage = Stage::Opening;
            }
            return vec![Effect::Player(PlayerOrder::Stop)];
        }
        if let ScreenCommand::Load { session_id, .. } = &command {
            let playback = self
                .playback
                .get_or_insert_with(|| Playback::new(String::new(), now_ms));
            if let Some(room) = self.mirror.sessions.get(session_id) {
                playback.title_id = Some(room.title_id);
                playback.episode_id = room.episode_id;
                playback.search.clone_from(&room.subtitle_search);
            }
            self.rail = None;
            if !matches!(self.page(), Page::Player) {
                self.pages.retain(|page| !matches!(page, Page::Player));
                self.pages.push(Page::Player);
            }
        }
        let language = self.language;
        self.playback
            .as_mut()
            .map(|playback| playback.order(command, language, now_ms))
            .unwrap_or_default()
    }

    pub(super) fn player_said(&mut self, news: PlayerNews) -> Vec<Effect> {
        let now_ms = self.now_ms;
        let Some(playback) = &mut self.playback else {
            return Vec::new();
        };
        match news {
            PlayerNews::Inside { load_id, inside } if playback.load_id == Some(load_id) => {
                playback.found_inside(inside)
            }
            PlayerNews::Report { load_id, report } if playback.load_id == Some(load_id) => {
                let failed = matches!(report, LoadReport::Failed(_));
                let mut effects = playback.heard(report, now_ms);
                // Nobody is there to say how it goes on.
                if self.link != LinkState::Up {
                    if playback.ended {
                        effects.extend(self.played_to_the_end());
                    } else if failed {
                        playback.fail(Problem::unreachable("the player lost its source"));
                    }
                }
                effects
            }
            _ => Vec::new(),
        }
    }

    /// Somebody here wants to watch something.
    pub(super) fn play(&mut self, wish: PlayWish) -> Vec<Effect> {
        let now_ms = self.now_ms;
        if self.link != LinkState::Up {
            let sentence = words(self.language).connection_lost;
            self.say(sentence);
            return Vec::new();
        }
        if !matches!(self.page(), Page::Player) {
            self.pages.push(Page::Player);
        }
        // Another source of what plays: the film goes on until the new load comes.
        let goes_on = self.playback.as_ref().is_some_and(|playback| {
            playback.title_id == Some(wish.title_id) && playback.session_id.is_some()
        });
        if !goes_on {
            self.playback = Some(Playback::of_wish(&wish, now_ms));
        }
        self.prepare(wish)
    }

    fn prepare(&mut self, wish: PlayWish) -> Vec<Effect> {
        let Some(screen_id) = self.screen_id else {
            self.wish = Some(wish);
            // The household's TV is about to be known; a passing one says so only now.
            return match self.role {
                Role::Passing { .. } => vec![self.introduce()],
                Role::Household { .. } => Vec::new(),
            };
        };
        self.prepares += 1;
        vec![Effect::Ask(Request::Prepare {
            seq: self.prepares,
            wish,
            screen_id,
            language: self.language,
        })]
    }

    /// The daemon came back. If it forgot what plays here (it was restarted), it is asked anew,
    /// from where the film is.
    fn carry_on(&mut self) -> Vec<Effect> {
        if !self.mirror.whole || self.screen_id.is_none() {
            return Vec::new();
        }
        let Some(playback) = &self.playback else {
            return Vec::new();
        };
        let Some(session_id) = playback.session_id else {
            return Vec::new();
        };
        if self.mirror.sessions.contains_key(&session_id) {
            return Vec::new();
        }
        let Some(title_id) = playback.title_id else {
            return self.end_playing();
        };
        let wish = PlayWish {
            title_id,
            episode_id: playback.episode_id,
            source_id: None,
            start_ms: Some(playback.position_ms),
            name: playback.name.clone(),
        };
        // What plays goes on until the new load comes.
        self.prepare(wish)
    }

    pub(super) fn stop_playing(&mut self) -> Vec<Effect> {
        self.wish = None;
        let Some(mut playback) = self.playback.take() else {
            return Vec::new();
        };
        // Given up while it was being opened: the session is known by its screen only.
        let opening = self
            .screen_id
            .and_then(|screen| self.mirror.session_on(screen));
        playback.session_id = playback.session_id.or(opening.map(|room| room.room_id));
        let mut effects = playback.command(Command::Stop, None);
        effects.push(Effect::Player(PlayerOrder::Stop));
        effects
    }

    /// The session is over, whoever ended it: one page back, the rest as after Back.
    fn end_playing(&mut self) -> Vec<Effect> {
        self.playback = None;
        let mut effects = vec![Effect::Player(PlayerOrder::Stop)];
        if matches!(self.page(), Page::Player) && self.pages.len() > 1 {
            self.pages.pop();
            effects.extend(self.refresh());
            if !matches!(self.page(), Page::Home(_)) {
                effects.extend(self.ask_home());
            }
        }
        effects
    }

    pub(super) fn answered(&mut self, answer: Answer) -> Vec<Effect> {
        let (language, now_ms, screen_id) = (self.language, self.now_ms, self.screen_id);
        match answer {
            Answer::Home(rows) => {
                if let Some(Page::Home(home)) = self.pages.first_mut() {
                    home.fill(rows);
                }
            }
            Answer::Search { seq, part } => {
                for page in &mut self.pages {
                    if let Page::Search(page) = page {
                        page.answer(seq, part.clone());
                    }
                }
            }
            Answer::Library {
                kind,
                filters,
                page: filled,
            } => {
                for page in &mut self.pages {
                    if let Page::Library(page) = page
                        && page.kind == kind
                    {
                        page.fill(&filters, filled.clone());
                    }
                }
            }
            // Without them one can still choose everything else.
            Answer::Genres { genres: Err(_), .. } => {}
            Answer::Genres {
                kind,
                genres: Ok(genres),
            } => {
                for page in &mut self.pages {
                    if let Page::Library(page) = page
                        && page.kind == kind
                    {
                        page.fill_genres(genres.clone());
                    }
                }
            }
            Answer::Title { id, detail } => {
                let page = self.pages.iter_mut().find_map(|page| match page {
                    Page::Title(page) if page.is_of(id) => Some(page),
                    _ => None,
                });
                if let Some(page) = page {
                    return page.fill(*detail, screen_id, language, now_ms);
                }
            }
            Answer::Sources {
                title_id,
                episode_id,
                part,
            } => {
                for page in &mut self.pages {
                    if let Page::Title(page) = page
                        && page.sources.is_for(title_id, episode_id)
                    {
                        page.sources.answer(part.clone());
                    }
                }
                if let Some(Panel::Sources(sources)) = self
                    .playback
                    .as_mut()
                    .and_then(|playback| playback.panel.as_mut())
                    && sources.is_for(title_id, episode_id)
                {
                    sources.answer(part);
                }
            }
            Answer::Subtitles { url, text } => {
                if let Some(playback) = &mut self.playback {
                    return playback.fetched_subtitles(&url, text, language, now_ms);
                }
            }
            Answer::Prepared { seq, result } => return self.prepared(seq, result),
            Answer::Box(Ok(info)) => {
                // Only the box's own TV sets it up.
                if !info.local {
                    self.start = Fetch::Ready;
                }
                self.box_info = Some(info);
                let mut effects = self.tell_drawn();
                effects.push(Effect::Ask(Request::OfBox(BoxRequest::Device)));
                return effects;
            }
            Answer::Services(services) => {
                for page in &mut self.pages {
                    if let Page::Settings(page) = page {
                        page.fill_services(services.clone());
                    }
                }
            }
            Answer::Box(Err(_)) => self.start = Fetch::Ready,
            Answer::PinHidden => {}
            Answer::Pin(pin) => {
                for page in &mut self.pages {
                    match page {
                        Page::Settings(page) => page.fill(pin.clone(), now_ms),
                        Page::OfBox(page) => page.pin(&pin),
                        _ => {}
                    }
                }
            }
            Answer::OfBox(answer) => return self.box_answered(&answer),
            Answer::Paired(result) => {
                if let Page::Pin(page) = self.page_mut() {
                    PinEntry::answer(page, result);
                }
            }
        }
        Vec::new()
    }

    fn box_answered(&mut self, answer: &BoxAnswer) -> Vec<Effect> {
        let now_ms = self.now_ms;
        if matches!(answer, BoxAnswer::Device(_)) {
            self.start = Fetch::Ready;
        }
        if let BoxAnswer::Device(Ok(device)) = answer {
            let local = self.box_info.as_ref().is_some_and(|info| info.local);
            let fresh = local && !device.set_up && matches!(self.page(), Page::Home(_));
            self.device = Some(device.clone());
            let mut effects = self.settle_choices(device.tv);
            if fresh {
                self.rail = None;
                let page = BoxPage::SetUp(SetUp::new(self.language));
                self.pages.push(Page::OfBox(Box::new(page)));
            }
            if !device.board.is_empty() {
                effects.push(Effect::Ask(Request::OfBox(BoxRequest::Updates)));
            }
            return effects;
        }
        if let BoxAnswer::Updates(Ok(status)) = answer {
            self.tell_rolled_back(status);
        }
        let mut effects = Vec::new();
        let mut done = Go::Stay;
        for page in &mut self.pages {
            if let Page::OfBox(page) = page {
                let (go, asked) = page.answer(answer, now_ms);
                effects.extend(asked);
                if matches!(go, Go::SetUpDone) {
                    done = go;
                }
            }
        }
        effects.extend(self.go(done));
        effects
    }

    /// An update that was taken back is told once, wherever one is; its page says why.
    fn tell_rolled_back(&mut self, status: &UpdateStatus) {
        if let Some(back) = &status.rolled_back
            && self.told_back.as_ref() != Some(&back.version)
        {
            self.told_back = Some(back.version.clone());
            self.say(went_back(back, self.language));
        }
    }

    /// The source is open and the load on its way here: now it shall play.
    fn prepared(&mut self, seq: u64, result: Result<super::Prepared, Problem>) -> Vec<Effect> {
        let (language, now_ms) = (self.language, self.now_ms);
        let wanted = self.playback.as_mut().filter(|_| seq == self.prepares);
        match (result, wanted) {
            (Ok(prepared), Some(playback)) => {
                playback.session_id = Some(prepared.session_id);
                playback.command(Command::Play, None)
            }
            (Ok(prepared), None) => {
                let taken_up = self
                    .playback
                    .as_ref()
                    .is_some_and(|playback| playback.session_id == Some(prepared.session_id));
                if taken_up {
                    return Vec::new();
                }
                // Left while it was being opened.
                let mut left = Playback::new(String::new(), now_ms);
                left.session_id = Some(prepared.session_id);
                left.command(Command::Stop, None)
            }
            // A phone chose something else for this screen, or nothing at all.
            (Err(why), Some(playback)) if why.slug == Slug::Superseded.as_str() => {
                if playback.session_id.is_some() {
                    Vec::new()
                } else {
                    self.end_playing()
                }
            }
            (Err(why), Some(playback)) if playback.has_picture() => {
                playback.say(problem(&why, language), now_ms);
                Vec::new()
            }
            (Err(why), Some(playback)) => {
                playback.fail(why);
                Vec::new()
            }
            (Err(_), None) => Vec::new(),
        }
    }

    /// Whether the home page has nothing to show and nothing to wait for.
    pub fn home_is_empty(&self) -> bool {
        matches!(self.page(), Page::Home(home) if home.rows.is_empty() && home.fetch == Fetch::Ready)
    }
}
