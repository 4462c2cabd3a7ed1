//! The box's own pages: by keys, as data; and as pictures for eyes.

#![allow(clippy::unwrap_used)]

mod support;

use std::process::Command;

use hearth_model::{Language, PowerAction, ScreenAbilities, ServerMessage, TvChoices};
use hearth_tv::{
    keys::Key,
    view_model::{
        Answer, BoxAnswer, BoxInfo, BoxPage, BoxRequest, Effect, Intent, Link, LinkState, Model,
        NetworkLine, Page, Problem, Request, Role, SetUpStep,
    },
};
use jiff::tz::TimeZone;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use support::{FakeBox, House, shot};

struct Tv {
    model: Model,
    house: House,
    now_ms: u64,
    asked: Vec<Request>,
    /// What its own file holds.
    file: TvChoices,
}

impl Tv {
    fn role() -> Role {
        Role::Household {
            name: "TV".into(),
            abilities: ScreenAbilities::default(),
        }
    }

    fn new(house: House) -> Self {
        let mut tv = Self::alone(house);
        tv.take(Intent::Link(Link::Up));
        tv
    }

    /// Before the box is there, with nothing in its file.
    fn alone(house: House) -> Self {
        Self {
            model: Model::new(Language::En, Self::role(), 0),
            house,
            now_ms: 0,
            asked: Vec::new(),
            file: TvChoices::default(),
        }
    }

    fn call<T: DeserializeOwned>(
        &mut self,
        method: &str,
        path: &str,
        body: Value,
    ) -> Result<T, Problem> {
        let (status, answer) = self.house.answer(method, &format!("/api/v1/{path}"), &body);
        if status < 300 {
            Ok(serde_json::from_value(answer).unwrap())
        } else {
            Err(serde_json::from_value(answer).unwrap())
        }
    }

    fn take(&mut self, intent: Intent) {
        let effects = self.model.update(intent, self.now_ms);
        for effect in effects {
            match effect {
                Effect::Ask(request) => {
                    self.asked.push(request.clone());
                    if let Some(answer) = self.answer(request) {
                        self.take(Intent::Answer(answer));
                    }
                }
                Effect::Keep(choices) => self.file = choices,
                _ => {}
            }
        }
    }

    fn answer(&mut self, request: Request) -> Option<Answer> {
        let order =
            |tv: &mut Self, path: &str, body| tv.call::<Value>("POST", path, body).map(|_| ());
        let answer = match request {
            Request::Home { .. } => return Some(Answer::Home(Ok(self.house.rows.clone()))),
            Request::Box => return Some(Answer::Box(self.call("GET", "box", json!(null)))),
            Request::ShowPin => {
                return Some(Answer::Pin(self.call("POST", "pairing/pin", json!({}))));
            }
            Request::OfBox(request) => match request {
                BoxRequest::Device => BoxAnswer::Device(self.call("GET", "device", json!(null))),
                BoxRequest::Network => {
                    BoxAnswer::Network(self.call("GET", "device/network", json!(null)))
                }
                BoxRequest::Wifi { .. } => {
                    let found: Result<Value, Problem> =
                        self.call("GET", "device/wifi", json!(null));
                    BoxAnswer::Wifi(
                        found.map(|found| serde_json::from_value(found["items"].clone()).unwrap()),
                    )
                }
                BoxRequest::Join { name, password } => {
                    let password = password.map(|password| password.0);
                    BoxAnswer::Joined(order(
                        self,
                        "device/wifi",
                        json!({ "name": name, "password": password }),
                    ))
                }
                BoxRequest::Updates => {
                    BoxAnswer::Updates(self.call("GET", "device/updates", json!(null)))
                }
                BoxRequest::Check => {
                    BoxAnswer::Updates(self.call("POST", "device/updates/check", json!({})))
                }
                BoxRequest::Install { id } => {
                    BoxAnswer::Ordered(order(self, "device/updates/install", json!({ "id": id })))
                }
                BoxRequest::Policy(policy) => BoxAnswer::Ordered(order(
                    self,
                    "device/updates/policy",
                    json!({ "policy": policy }),
                )),
                BoxRequest::Power(action) => {
                    BoxAnswer::Power(order(self, "device/power", json!({ "action": action })))
                }
                BoxRequest::SetUpDone => {
                    BoxAnswer::SetUpDone(order(self, "device/set-up", json!({})))
                }
                BoxRequest::KeepChoices(choices) => {
                    self.call::<Value>("PUT", "device/tv", json!(choices))
                        .unwrap();
                    BoxAnswer::ChoicesKept
                }
                BoxRequest::Drew(_) => BoxAnswer::Drew,
            },
            _ => return None,
        };
        Some(Answer::OfBox(answer))
    }

    fn press(&mut self, keys: &str) {
        for word in keys.split(' ') {
            let key = Key::from_remote(word).unwrap_or_else(|| panic!("{word} is no key"));
            self.take(Intent::Press(key));
        }
    }

    fn type_text(&mut self, text: &str) {
        for letter in text.chars() {
            self.take(Intent::Press(Key::Letter(letter)));
        }
    }

    /// From home to a line of the settings.
    fn settings(&mut self, line: usize) {
        self.press("home left down down down down ok");
        for _ in 0..line {
            self.press("down");
        }
        self.press("ok");
    }

    fn page(&self) -> &BoxPage {
        match self.model.page() {
            Page::OfBox(page) => page,
            other => panic!("another page: {other:?}"),
        }
    }

    fn asked_for(&self, request: &BoxRequest) -> bool {
        self.asked.contains(&Request::OfBox(request.clone()))
    }
}

const NETWORK: usize = 3;
const UPDATES: usize = 5;

const SETTINGS: &str = "Left Down Down Down Down Enter";
type Change<'a> = &'a dyn Fn(&mut House);

#[test]
fn a_wireless_network_is_joined_by_arrows_and_its_password_is_not_told() {
    let mut tv = Tv::new(House::furnished());
    tv.settings(NETWORK);
    tv.press("ok");
    tv.type_text("wrong horse");
    // To the key that ends it: down to the last row, and to its end.
    tv.press("down down down down right right right right");
    let told = format!("{:?}", tv.model);
    assert!(!told.contains("wrong horse"), "the state prints a password");
    tv.press("ok");
    let BoxPage::Network(page) = tv.page() else {
        panic!()
    };
    assert_eq!(page.problem.as_ref().unwrap().slug, "wifi-password-wrong");
    assert!(page.entry.is_none());
    assert!(
        !format!("{:?}", tv.asked).contains("horse"),
        "a request prints a password"
    );
    tv.press("ok");
    tv.type_text(support::of_box::PASSWORD);
    tv.press("down down down down right right right right ok");
    let BoxPage::Network(page) = tv.page() else {
        panic!()
    };
    assert_eq!(
        page.status.as_ref().unwrap().wifi.as_deref(),
        Some("Дом у реки")
    );
    assert!(page.problem.is_none());
    let Some(NetworkLine::Wifi(first)) = page.focused() else {
        panic!()
    };
    assert!(first.joined, "the focus stays on its network");
}

#[test]
fn an_open_network_is_joined_at_once_and_an_unsupported_one_is_not_tried() {
    let mut tv = Tv::new(House::furnished());
    tv.settings(NETWORK);
    tv.press("down down ok");
    assert!(
        !tv.asked
            .iter()
            .any(|request| matches!(request, Request::OfBox(BoxRequest::Join { .. })))
    );
    tv.press("down ok");
    let BoxPage::Network(page) = tv.page() else {
        panic!()
    };
    assert_eq!(page.status.as_ref().unwrap().wifi.as_deref(), Some("Café"));
}

#[test]
fn an_update_is_installed_with_a_yes_and_watched() {
    let mut tv = Tv::new(House::furnished());
    tv.settings(UPDATES);
    let install = BoxRequest::Install { id: "one".into() };
    tv.press("ok ok");
    assert!(!tv.asked_for(&install), "no is focused first");
    tv.press("ok right ok");
    assert!(tv.asked_for(&install));
    let BoxPage::Updates(page) = tv.page() else {
        panic!()
    };
    assert_eq!(
        page.lines().len(),
        2,
        "nothing else is offered meanwhile: {:?}",
        page.lines()
    );
    tv.house.of_box.installing = json!({ "state": "ready", "version": "1.1.0" });
    tv.now_ms = tv.model.next_wake().unwrap();
    tv.take(Intent::Wake);
    tv.press("up up ok right ok");
    assert!(tv.asked_for(&BoxRequest::Power(PowerAction::Restart)));
}

#[test]
fn an_update_that_was_taken_back_is_told_once() {
    let mut house = House::furnished();
    house.of_box.rolled_back = json!({ "version": "1.1.0", "missing": ["frame"], "at": 1 });
    let mut tv = Tv::new(house);
    let (told, until_ms) = tv.model.notice.clone().unwrap();
    assert!(told.starts_with("1.1.0 did not work"), "{told}");
    tv.now_ms = until_ms;
    tv.take(Intent::Wake);
    tv.settings(UPDATES);
    assert!(tv.model.notice.is_none(), "and not again");
}

#[test]
fn an_update_that_its_owner_left_is_not_said_to_have_failed() {
    let mut house = House::furnished();
    house.of_box.rolled_back = json!({ "version": "1.1.0", "missing": ["left-by-owner"], "at": 1 });
    let tv = Tv::new(house);
    let (told, _) = tv.model.notice.clone().unwrap();
    assert!(told.starts_with("1.1.0 was left"), "{told}");
}

#[test]
fn the_button_on_the_box_asks_what_is_wanted_wherever_one_is() {
    let mut tv = Tv::new(House::furnished());
    let screen_id = tv.house.screen;
    tv.take(Intent::Live(ServerMessage::ScreenReady { screen_id }));
    let key = || {
        Intent::Live(ServerMessage::Key {
            screen_id,
            key: "power".into(),
        })
    };
    tv.take(key());
    tv.take(key());
    assert_eq!(tv.model.pages.len(), 2, "pressed twice it is one page");
    tv.press("down ok ok");
    assert!(!tv.asked_for(&BoxRequest::Power(PowerAction::PowerOff)));
    tv.press("ok right ok");
    assert!(tv.asked_for(&BoxRequest::Power(PowerAction::PowerOff)));
    let BoxPage::Power(page) = tv.page() else {
        panic!()
    };
    assert!(page.going);
}

/// The box's own system runs by UTC, and so did the clock on its TV.
#[test]
fn the_clock_goes_by_the_households_time_zone_as_soon_as_a_phone_has_told_it() {
    let mut tv = Tv::new(House::furnished());
    assert_eq!(tv.model.time_zone(), TimeZone::system());
    tv.house.of_box.time_zone = Some("Asia/Vladivostok");
    tv.take(Intent::Live(ServerMessage::BoxChanged));
    assert_eq!(tv.model.time_zone().iana_name(), Some("Asia/Vladivostok"));
}

const MOTION: TvChoices = TvChoices {
    language: None,
    reduced_motion: Some(true),
};
const RUSSIAN: TvChoices = TvChoices {
    language: Some(Language::Ru),
    reduced_motion: None,
};

/// On a box the TV's own file lies in memory: a Russian TV was English after each power cut.
#[test]
fn what_was_chosen_on_the_tv_comes_back_from_the_box() {
    let mut tv = Tv::new(House::furnished());
    assert_eq!(tv.file, TvChoices::default(), "nobody chose anything");
    tv.settings(1);
    assert_eq!((tv.model.language, tv.file), (Language::Ru, RUSSIAN));
    tv.press("down ok");
    let both = RUSSIAN.or(MOTION);
    assert_eq!(tv.file, both);
    assert_eq!(tv.house.of_box.tv, json!(both));

    let mut again = Tv::new(tv.house);
    assert_eq!(again.model.language, Language::Ru);
    assert!(again.model.reduced_motion);
    assert_eq!(again.file, both);
    let told = |tv: &Tv| tv.asked_for(&BoxRequest::KeepChoices(both));
    assert!(!told(&again), "the box knows it");
    let home = Request::Home {
        language: Language::Ru,
    };
    assert!(again.asked.contains(&home));
    again.take(Intent::Live(ServerMessage::BoxChanged));
    assert!(!told(&again));
}

#[test]
fn what_is_chosen_while_the_box_is_away_is_neither_lost_nor_undone() {
    let mut house = House::furnished();
    house.of_box.tv = json!({ "language": "en", "reduced_motion": true });
    let mut tv = Tv::alone(house);
    tv.take(Intent::Link(Link::Down {
        why: "it starts".into(),
    }));
    tv.settings(1);
    assert_eq!((tv.model.language, tv.file), (Language::Ru, RUSSIAN));
    tv.take(Intent::Link(Link::Up));
    let both = RUSSIAN.or(MOTION);
    assert_eq!(tv.model.language, Language::Ru, "the box's word is older");
    assert!(tv.model.reduced_motion, "which nobody touched here");
    assert_eq!(tv.file, both);
    assert_eq!(tv.house.of_box.tv, json!(both));

    // Read by the box before it was told: too late to change anything.
    tv.house.of_box.tv = json!({ "language": "en", "reduced_motion": false });
    tv.take(Intent::Live(ServerMessage::BoxChanged));
    assert_eq!((tv.model.language, tv.file), (Language::Ru, both));
    assert_eq!(tv.house.of_box.tv, json!(both));
}

#[test]
fn what_the_command_line_asks_for_goes_before_what_the_box_keeps() {
    let mut house = House::furnished();
    house.of_box.tv = json!(RUSSIAN);
    let mut tv = Tv::alone(house);
    tv.model.asked.language = Some(Language::En);
    tv.take(Intent::Link(Link::Up));
    assert_eq!((tv.model.language, tv.file), (Language::En, RUSSIAN));
    assert_eq!(tv.house.of_box.tv, json!(RUSSIAN));
}

#[test]
fn a_snapshot_and_a_screen_elsewhere_leave_the_boxs_tv_its_choices() {
    for elsewhere in [false, true] {
        let mut house = House::furnished();
        house.of_box.tv = json!(RUSSIAN);
        let mut tv = Tv::alone(house);
        if !elsewhere {
            tv.model.role = Role::Passing {
                abilities: ScreenAbilities::default(),
            };
        }
        tv.model.link = LinkState::Up;
        let mut about: BoxInfo = tv.call("GET", "box", json!(null)).unwrap();
        about.local = !elsewhere;
        tv.take(Intent::Answer(Answer::Box(Ok(about))));
        assert!(tv.model.device.is_some());
        assert_eq!(tv.model.language, Language::En);
        tv.settings(2);
        assert_eq!(tv.file, MOTION, "it was chosen here");
        assert_eq!(tv.house.of_box.tv, json!(RUSSIAN));
    }
}

/// The home page flashed before the first set-up.
#[test]
fn no_page_is_shown_before_the_box_has_said_whether_it_is_set_up() {
    for set_up in [false, true] {
        let mut house = House::furnished();
        house.of_box.set_up = set_up;
        let mut tv = Tv::alone(house);
        assert!(tv.model.is_starting(), "not even a line is there");
        let asked = tv.model.update(Intent::Link(Link::Up), 100);
        let answer = |tv: &mut Tv, request| {
            let answer = tv.answer(request).unwrap();
            tv.model.update(Intent::Answer(answer), 200)
        };
        for effect in asked {
            match effect {
                Effect::Ask(request @ Request::Home { .. }) => {
                    answer(&mut tv, request);
                }
                Effect::Ask(_) | Effect::Send(_) => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(tv.model.is_starting(), "the home page is there, and waits");
        answer(&mut tv, Request::Box);
        assert!(tv.model.is_starting());
        let mut slow = tv.model.clone();
        answer(&mut tv, Request::OfBox(BoxRequest::Device));
        assert!(!tv.model.is_starting());
        assert_eq!(matches!(tv.model.page(), Page::Home(_)), set_up);

        // A box that does not say so keeps nobody waiting.
        let wake_ms = slow.next_wake().unwrap();
        slow.update(Intent::Wake, wake_ms);
        assert!(!slow.is_starting(), "at {wake_ms}");
        assert!(matches!(slow.page(), Page::Home(_)));
    }
}

/// At each start the TV, which is there first, said that the box does not answer.
#[test]
fn a_box_that_is_slower_than_its_tv_is_not_complained_of_at_once() {
    let mut model = Model::new(Language::En, Tv::role(), 0);
    let down = || {
        Intent::Link(Link::Down {
            why: "it is not there".into(),
        })
    };
    model.update(down(), 100);
    assert!(model.is_starting() && model.is_busy());
    let mut now_ms = 100;
    while model.is_starting() {
        now_ms = model.next_wake().unwrap();
        model.update(Intent::Wake, now_ms);
    }
    assert!(!model.is_busy(), "the sentence is there at {now_ms}");
    model.update(Intent::Link(Link::Up), now_ms);
    assert!(model.is_starting());
    let known = Answer::Box(Err(Problem::unreachable("it was just here")));
    model.update(Intent::Answer(known), now_ms);
    model.update(down(), now_ms);
    assert!(
        !model.is_starting(),
        "one that goes away is told of at once"
    );
}

#[test]
fn a_fresh_box_is_set_up_step_by_step_and_never_twice() {
    let mut house = House::furnished();
    house.of_box.set_up = false;
    let mut tv = Tv::new(house);
    let step = |tv: &Tv| match tv.page() {
        BoxPage::SetUp(page) => page.step,
        _ => panic!("another page"),
    };
    assert_eq!(step(&tv), SetUpStep::Language);
    tv.press("home search");
    assert_eq!(step(&tv), SetUpStep::Language, "nothing leads past it");
    tv.press("up");
    assert_eq!(tv.model.language, Language::Ru);
    tv.press("down ok");
    assert_eq!(
        (step(&tv), tv.model.language),
        (SetUpStep::Network, Language::En)
    );
    tv.press("down ok");
    tv.type_text(support::of_box::PASSWORD);
    tv.press("down down down down right right right right ok");
    let BoxPage::SetUp(page) = tv.page() else {
        panic!()
    };
    assert_eq!(
        page.network.status.as_ref().unwrap().wifi.as_deref(),
        Some("Дом у реки")
    );
    tv.press("up ok");
    assert_eq!(step(&tv), SetUpStep::Phone);
    tv.press("back");
    assert_eq!(step(&tv), SetUpStep::Network, "one step back");
    tv.press("ok");
    tv.take(Intent::Live(ServerMessage::Pairing {
        pin: None,
        reason: "used".into(),
    }));
    let BoxPage::SetUp(page) = tv.page() else {
        panic!()
    };
    assert!(page.paired);
    tv.press("ok");
    assert!(matches!(tv.model.page(), Page::Home(_)));
    tv.take(Intent::Link(Link::Down {
        why: "restarted".into(),
    }));
    tv.take(Intent::Link(Link::Up));
    assert!(matches!(tv.model.page(), Page::Home(_)), "it is done");
}

#[test]
fn a_machine_that_is_no_box_says_so_on_each_page() {
    let mut house = House::furnished();
    house.of_box.missing = Some("this machine is no Hearth box");
    let mut tv = Tv::new(house);
    for line in [NETWORK, UPDATES] {
        tv.settings(line);
        match tv.page() {
            BoxPage::Network(page) => assert!(page.status.as_ref().unwrap().missing.is_some()),
            BoxPage::Updates(page) => assert!(page.lines().is_empty()),
            _ => panic!("another page"),
        }
        tv.press("back");
        assert!(
            matches!(tv.model.page(), Page::Settings(_)),
            "back is one step"
        );
    }
}

/// Every page once, for eyes; the program itself must not find an error on them.
#[test]
fn the_pages_as_pictures() {
    let set_up = |house: &mut House| house.of_box.set_up = false;
    let ready = |house: &mut House| {
        house.of_box.installing = json!({ "state": "ready", "version": "1.1.0" });
    };
    let running = |house: &mut House| {
        house.of_box.installing = json!({ "state": "running", "version": "1.1.0", "percent": 37 });
    };
    let back = |house: &mut House| {
        house.of_box.rolled_back = json!({ "version": "1.1.0", "missing": ["frame"], "at": 1 });
    };
    let cable = |house: &mut House| house.of_box.cable = true;
    let none = |_: &mut House| {};
    let missing = |house: &mut House| house.of_box.missing = Some("no box");
    let pages: [(&str, Change<'_>, &str); 15] = [
        ("box-settings-network", &none, "Down Down Down"),
        (
            "box-settings-about",
            &none,
            "Down Down Down Down Down Down Down",
        ),
        ("box-network", &cable, "Down Down Down Enter Down"),
        (
            "box-network-password",
            &none,
            "Down Down Down Enter Enter type:correct Down",
        ),
        ("box-network-none", &missing, "Down Down Down Enter"),
        ("box-updates", &none, "Down Down Down Down Down Enter"),
        (
            "box-updates-stick",
            &back,
            "Down Down Down Down Down Enter Down",
        ),
        (
            "box-updates-ask",
            &none,
            "Down Down Down Down Down Enter Enter",
        ),
        (
            "box-updates-running",
            &running,
            "Down Down Down Down Down Enter",
        ),
        (
            "box-updates-ready",
            &ready,
            "Down Down Down Down Down Enter",
        ),
        (
            "box-power",
            &none,
            "Down Down Down Down Down Down Enter Down",
        ),
        (
            "box-power-ask",
            &none,
            "Down Down Down Down Down Down Enter Down Enter Right",
        ),
        ("set-up-language", &set_up, ""),
        ("set-up-network", &set_up, "Enter"),
        ("set-up-phone", &set_up, "Enter Enter"),
    ];
    for (lang, size) in [("ru", "1920x1080"), ("en", "1280x720")] {
        for (name, change, keys) in &pages {
            if std::env::var("HEARTH_PAGE").is_ok_and(|only| !name.contains(&only)) {
                continue;
            }
            let mut house = House::furnished();
            change(&mut house);
            let fake = FakeBox::start(house);
            let out = shot(&format!("{name}-{lang}-{size}"));
            let keys = if name.starts_with("set-up") {
                (*keys).to_owned()
            } else {
                format!("{SETTINGS} {keys}")
            };
            let home = tempfile::tempdir().unwrap();
            let output = Command::new(env!("CARGO_BIN_EXE_hearth-tv"))
                .args(["snapshot", "--daemon", &fake.daemon(), "--lang", lang])
                .args(["--size", size, "--keys", &keys, "--out"])
                .arg(&out)
                .env("XDG_STATE_HOME", home.path())
                .output()
                .unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}-{lang}: {said}");
        }
    }
}
