//! The box's own pages: lines, a panel, a question or a keyboard over both.

use hearth_model::{
    Confirmation, Installing, Language, PowerAction, Trouble, UpdateFrom, UpdateStatus,
    WifiNetwork, WifiSecurity,
};
use slint::{ComponentHandle, Image, SharedString};

use super::{Binder, BoxView, CapView, Icons, SettingLine, index, short};
use crate::{
    facts,
    view_model::{
        BOX_LINES, BoxPage, Cursor, Entry, Model, NetworkLine, NetworkPage, PasswordCap, PowerPage,
        Problem, SetUp, SetUpStep, UpdateAbout, UpdateLine, UpdatesPage,
    },
    words::{BoxWords, box_words, owed, problem, went_back},
};

/// What a page shows, before it becomes properties.
#[derive(Default)]
struct Shown {
    heading: String,
    lines: Vec<SettingLine>,
    cursor: Cursor,
    icon: SharedString,
    panel: String,
    text: String,
    facts: Vec<SettingLine>,
    trouble: String,
    progress: Option<f32>,
    pairing: Option<(String, Image)>,
    question: Option<(String, String, bool)>,
    typing: Option<(String, Entry)>,
}

fn line(label: &str, value: &str, icon: SharedString) -> SettingLine {
    SettingLine {
        label: label.into(),
        value: value.into(),
        icon,
    }
}

impl Binder {
    pub(super) fn of_box(&mut self, page: &BoxPage, model: &Model) {
        let language = model.language;
        let words = box_words(language);
        let shown = match page {
            BoxPage::Network(page) => self.network(page, model),
            BoxPage::Updates(page) => self.updates(page, language),
            BoxPage::Power(page) => self.power(page, language),
            BoxPage::SetUp(page) => self.set_up(page, model),
        };
        let view = self.window.global::<BoxView<'_>>();
        view.set_first(matches!(page, BoxPage::SetUp(_)));
        view.set_heading(shown.heading.into());
        view.set_active(shown.question.is_none() && shown.typing.is_none());
        view.set_at(index(shown.cursor.at));
        view.set_scroll(
            shown
                .cursor
                .first
                .min(shown.lines.len().saturating_sub(BOX_LINES)) as f32,
        );
        self.box_lines.set(shown.lines);
        view.set_panel_icon(shown.icon);
        view.set_panel_heading(shown.panel.into());
        view.set_panel_text(shown.text.into());
        self.box_facts.set(shown.facts);
        view.set_trouble(shown.trouble.into());
        view.set_progress(shown.progress.unwrap_or(-1.0));
        let (pin, qr) = shown.pairing.unwrap_or_default();
        view.set_pin(pin.into());
        view.set_qr(qr);
        view.set_asking(shown.question.is_some());
        view.set_yes(words.yes.into());
        view.set_no(words.no.into());
        let (question, hint, on_yes) = shown.question.unwrap_or_default();
        view.set_question(question.into());
        view.set_question_hint(hint.into());
        view.set_on_yes(on_yes);
        view.set_typing(shown.typing.is_some());
        if let Some((heading, entry)) = shown.typing {
            view.set_typed_heading(heading.into());
            view.set_typed(entry.text.as_str().into());
            self.caps.set(caps(&entry, words));
        }
    }

    fn network(&self, page: &NetworkPage, model: &Model) -> Shown {
        let language = model.language;
        let words = box_words(language);
        let icons = self.window.global::<Icons<'_>>();
        let status = page.status.clone().unwrap_or_default();
        let connected = status.wired || status.wifi.is_some();
        let lines = page.lines().into_iter().map(|of| match of {
            NetworkLine::Wifi(network) => {
                let icon = match network.security {
                    _ if network.joined => icons.get_check(),
                    WifiSecurity::Personal => icons.get_lock(),
                    WifiSecurity::Open | WifiSecurity::Unsupported => icons.get_wifi(),
                };
                line(&network.name, &about(&network, words), icon)
            }
            NetworkLine::LookAgain if page.looking => line(words.looking, "", icons.get_again()),
            NetworkLine::LookAgain => line(words.look_again, "", icons.get_again()),
            NetworkLine::GoOn if connected => line(words.go_on, "", icons.get_check()),
            NetworkLine::GoOn => line(words.without_network, "", icons.get_forward()),
        });
        let mut told = Vec::new();
        if status.wired {
            told.push(line(words.network, words.by_cable, SharedString::new()));
        }
        if let Some(name) = &status.wifi {
            told.push(line("Wi-Fi", name, SharedString::new()));
        }
        let address = model.box_info.as_ref().and_then(|info| info.address());
        if let Some(address) = address.filter(|_| connected) {
            told.push(line(words.address, short(address), SharedString::new()));
        }
        let text = match (&page.joining, &status.missing) {
            (Some(name), _) => format!("{} {name}…", words.joining),
            (None, Some(_)) => words.not_here.to_owned(),
            (None, None) if page.status.is_none() => String::new(),
            (None, None) if !status.has_wifi && !connected => words.no_wifi.to_owned(),
            (None, None) if !connected => words.networks_hint.to_owned(),
            (None, None) => String::new(),
        };
        let here = status.missing.is_none() && page.status.is_some();
        Shown {
            heading: words.network.into(),
            lines: lines.collect(),
            cursor: page.cursor,
            icon: if status.wired {
                icons.get_cable()
            } else {
                icons.get_wifi()
            },
            panel: if here {
                words.reach[status.reach as usize].into()
            } else {
                words.network.into()
            },
            text,
            facts: told,
            trouble: trouble(page.problem.as_ref(), language),
            typing: page.entry.as_ref().map(|(network, entry)| {
                (
                    format!("{} {}", words.password_for, network.name),
                    entry.clone(),
                )
            }),
            ..Shown::default()
        }
    }

    fn updates(&self, page: &UpdatesPage, language: Language) -> Shown {
        let words = box_words(language);
        let icons = self.window.global::<Icons<'_>>();
        let status = page.status.clone().unwrap_or_default();
        let lines = page.lines().into_iter().map(|of| match of {
            UpdateLine::Restart => line(words.restart_now, "", icons.get_power()),
            UpdateLine::Offer(offer) => {
                let size = facts::size(offer.size_bytes, language);
                let note = match offer.from {
                    UpdateFrom::Channel => size,
                    UpdateFrom::Stick => format!("{}  ·  {size}", words.from_stick),
                };
                let label = format!("{} {}", words.install, offer.version);
                line(&label, &note, icons.get_update())
            }
            UpdateLine::Check if page.checking => line(words.checking, "", icons.get_again()),
            UpdateLine::Check => line(words.check, "", icons.get_again()),
            UpdateLine::Policy(policy) => line(
                words.policy,
                words.policies[policy as usize],
                icons.get_moon(),
            ),
        });
        let panel = told(&status, page.focused().as_ref(), words, language);
        let mut told_facts = Vec::new();
        if page.status.is_some() {
            let booted = status.slots.iter().find(|slot| slot.booted);
            let runs = match booted {
                Some(slot) => format!("{}  ·  {} {}", status.version, words.slot, slot.name),
                None => status.version.clone(),
            };
            told_facts.push(line(words.runs, &runs, SharedString::new()));
        }
        let trouble_told = page
            .problem
            .as_ref()
            .map(|why| problem(why, language))
            .unwrap_or(panel.trouble);
        let question = page.question.as_ref().map(|question| {
            let (text, hint) = match &question.about {
                UpdateAbout::Install(offer) => (
                    format!("{} {}?", words.install, offer.version),
                    words.do_not_unplug,
                ),
                UpdateAbout::Restart => (words.power_ask[0].to_owned(), words.power_hint),
            };
            (text, hint.to_owned(), question.yes)
        });
        Shown {
            heading: words.updates.into(),
            lines: lines.collect(),
            cursor: page.cursor,
            icon: icons.get_update(),
            panel: panel.heading,
            text: panel.text,
            facts: told_facts,
            trouble: trouble_told,
            progress: panel.progress,
            question,
            ..Shown::default()
        }
    }

    fn power(&self, page: &PowerPage, language: Language) -> Shown {
        let words = box_words(language);
        let icons = self.window.global::<Icons<'_>>();
        let ask = |action: PowerAction| words.power_ask[action as usize];
        Shown {
            heading: words.power.into(),
            lines: vec![
                line(words.restart, "", icons.get_again()),
                line(words.power_off, "", icons.get_power()),
            ],
            cursor: Cursor {
                at: page.at,
                first: 0,
            },
            icon: icons.get_power(),
            panel: if page.going {
                words.going[page.at].into()
            } else {
                [words.restart, words.power_off][page.at].into()
            },
            text: words.power_hint.into(),
            trouble: trouble(page.problem.as_ref(), language),
            question: page.question.as_ref().map(|question| {
                (
                    ask(question.about).to_owned(),
                    words.power_hint.to_owned(),
                    question.yes,
                )
            }),
            ..Shown::default()
        }
    }

    fn set_up(&mut self, page: &SetUp, model: &Model) -> Shown {
        let language = model.language;
        let words = box_words(language);
        let step = page.step as usize;
        let heading = format!(
            "{}  ·  {} / {}  ·  {}",
            words.welcome,
            step + 1,
            words.set_up_steps.len(),
            words.set_up_steps[step]
        );
        let pairing = match (page.step, &page.pin) {
            (SetUpStep::Phone, Some(pin)) => Some((pin.pin.clone(), self.qr_of(&pin.url))),
            _ => None,
        };
        let icons = self.window.global::<Icons<'_>>();
        match page.step {
            SetUpStep::Language => Shown {
                heading,
                lines: vec![
                    line("Русский", "", icons.get_globe()),
                    line("English", "", icons.get_globe()),
                ],
                cursor: Cursor {
                    at: page.at,
                    first: 0,
                },
                icon: icons.get_hearth(),
                panel: words.welcome.into(),
                text: words.set_up_hints[step].into(),
                ..Shown::default()
            },
            SetUpStep::Network => {
                let mut shown = self.network(&page.network, model);
                shown.heading = heading;
                if shown.text.is_empty() {
                    shown.text = words.set_up_hints[step].into();
                }
                shown
            }
            SetUpStep::Phone => {
                let on = if page.paired {
                    line(words.done, "", icons.get_check())
                } else {
                    line(words.without_phone, "", icons.get_forward())
                };
                Shown {
                    heading,
                    lines: vec![on],
                    icon: icons.get_phone(),
                    panel: if page.paired {
                        words.phone_paired.into()
                    } else {
                        words.set_up_steps[step].into()
                    },
                    text: words.set_up_hints[step].into(),
                    facts: page
                        .pin
                        .as_ref()
                        .map(|pin| {
                            let address = pin.url.split('#').next().unwrap_or_default();
                            line(words.address, short(address), SharedString::new())
                        })
                        .into_iter()
                        .collect(),
                    pairing,
                    ..Shown::default()
                }
            }
        }
    }
}

fn trouble(why: Option<&Problem>, language: Language) -> String {
    why.map(|why| problem(why, language)).unwrap_or_default()
}

fn about(network: &WifiNetwork, words: &BoxWords) -> String {
    let what = match network.security {
        _ if network.joined => words.joined,
        _ if network.known => words.known,
        WifiSecurity::Open => words.open,
        WifiSecurity::Personal => words.with_password,
        WifiSecurity::Unsupported => words.unsupported,
    };
    format!("{what}  ·  {} %", network.strength)
}

#[derive(Default)]
struct Told {
    heading: String,
    text: String,
    trouble: String,
    progress: Option<f32>,
}

/// The panel of the updates page: what is going on, else the focused offer, else how all stands.
fn told(
    status: &UpdateStatus,
    focused: Option<&UpdateLine>,
    words: &BoxWords,
    language: Language,
) -> Told {
    if status.missing.is_some() {
        return Told {
            heading: words.updates.into(),
            text: words.not_here.into(),
            ..Told::default()
        };
    }
    let said = |trouble: &Trouble| problem(&trouble.into(), language);
    match &status.installing {
        Installing::Running { version, percent } => {
            return Told {
                heading: format!("{} {version}: {percent} %", words.writing),
                text: words.do_not_unplug.into(),
                progress: Some(f32::from(*percent) / 100.0),
                ..Told::default()
            };
        }
        Installing::Ready { version } => {
            return Told {
                heading: format!("{version} {}", words.ready),
                ..Told::default()
            };
        }
        Installing::Idle | Installing::Failed { .. } => {}
    }
    let trouble = match (&status.installing, &status.rolled_back, &status.trouble) {
        (Installing::Failed { version, trouble }, ..) => {
            format!("{version} {} {}", words.failed, said(trouble))
        }
        (_, Some(back), _) => {
            let owed = back.missing.iter().filter_map(|name| owed(name, language));
            let owed: Vec<&str> = owed.collect();
            format!("{} {}", went_back(back, language), owed.join(" "))
        }
        (_, None, Some(trouble)) => said(trouble),
        (_, None, None) => String::new(),
    };
    if let Some(UpdateLine::Offer(offer)) = focused {
        return Told {
            heading: offer.version.clone(),
            text: match &offer.file {
                Some(file) => file.clone(),
                None => offer.notes.best(language).to_owned(),
            },
            trouble,
            ..Told::default()
        };
    }
    let heading = match (&status.confirmation, status.checked_at) {
        (Confirmation::Waiting { .. }, _) => words.waiting,
        (_, None) if status.channel.is_some() => words.checked_never,
        (_, Some(_)) if status.offers.is_empty() && status.trouble.is_none() => words.nothing_newer,
        _ => words.confirmed,
    };
    let by_stick = status.channel.is_none() && status.offers.is_empty();
    Told {
        heading: heading.into(),
        text: if by_stick { words.by_stick } else { "" }.into(),
        trouble,
        ..Told::default()
    }
}

fn caps(entry: &Entry, words: &BoxWords) -> Vec<CapView> {
    let label = |cap: PasswordCap| match cap {
        PasswordCap::Letter(letter) => letter.to_string(),
        PasswordCap::Shift => words.shift.to_owned(),
        PasswordCap::Signs => words.signs.to_owned(),
        PasswordCap::Space => words.space.to_owned(),
        PasswordCap::Erase => words.erase.to_owned(),
        PasswordCap::Done => words.join.to_owned(),
    };
    entry
        .caps()
        .into_iter()
        .map(|(cap, row, column, span, focused)| CapView {
            label: label(cap).into(),
            icon: SharedString::new(),
            row: index(row),
            column: index(column),
            span: index(span),
            focused,
        })
        .collect()
}
