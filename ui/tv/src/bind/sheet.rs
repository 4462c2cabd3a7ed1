//! The sheet of sources, on a title's page and over the film.

use hearth_model::{Health, Language, SourceView};
use slint::{ComponentHandle, SharedString};

use super::{Binder, SourceLine, SourcesView};
use crate::{
    facts,
    view_model::{Model, Page, Panel, SOURCES_VISIBLE, Sources},
    words::{Words, problem, words},
};

const LINE: f32 = 116.0;
/// Opened, with a sentence why of two lines.
const OPEN_LINE: f32 = 388.0;
/// One more line of that sentence, and the letters that surely fit into one.
const WHY_LINE: f32 = 34.0;
const WHY_LETTERS: usize = 40;
const WHY_LINES: usize = 4;
const GAP: f32 = 12.0;

/// How many lines the opened line's sentence takes, and how high the line is with them.
fn opened(why: &str) -> (usize, f32) {
    let lines = why
        .chars()
        .count()
        .div_ceil(WHY_LETTERS)
        .clamp(1, WHY_LINES);
    (lines, OPEN_LINE + WHY_LINE * (lines as f32 - 2.0))
}

/// One sentence why the best source is the best, and how many there are.
pub(super) fn summary(sources: &Sources, words: &Words, language: Language) -> (String, String) {
    match (sources.best(), &sources.fetch) {
        (Some(best), fetch) => {
            let count = facts::sources(sources.items.len(), language);
            let more = if fetch.is_waiting() { "…" } else { "" };
            (facts::sentence(&best.why), format!("{count}{more}"))
        }
        (None, fetch) if fetch.is_waiting() => (String::new(), String::new()),
        (None, fetch) => (
            fetch
                .problem()
                .map_or_else(|| words.no_sources.to_owned(), |why| problem(why, language)),
            String::new(),
        ),
    }
}

fn line(source: &SourceView, words: &Words, language: Language) -> SourceLine {
    let parts = &source.score.parts;
    SourceLine {
        key: source.id.to_string().into(),
        quality: source.quality.as_deref().unwrap_or("—").into(),
        name: source.name.as_str().into(),
        facts: facts::join([
            words.health(source.health).to_owned(),
            facts::source_facts(source, language),
        ])
        .into(),
        why: facts::sentence(source.refused.as_deref().unwrap_or(&source.why)).into(),
        health_kind: match source.health {
            Health::Unknown => 0,
            Health::Good => 1,
            Health::Failing => 2,
        },
        playable: source.playable,
        total: source.score.total,
        part0: parts.quality,
        part1: parts.speed,
        part2: parts.availability,
        part3: parts.subtitles,
        part4: parts.audio,
        ..SourceLine::default()
    }
}

impl Binder {
    pub(super) fn sheet(&mut self, model: &Model) {
        let view = self.window.global::<SourcesView<'_>>();
        let (sources, in_player) = match model.page() {
            Page::Title(page) if page.sheet_open => (&page.sources, false),
            Page::Player => {
                match model
                    .playback
                    .as_ref()
                    .and_then(|playback| playback.panel.as_ref())
                {
                    Some(Panel::Sources(sources)) => (sources, true),
                    _ => return view.set_shown(false),
                }
            }
            // Its lines stay, so that it leaves as it was.
            _ => return view.set_shown(false),
        };
        let (language, words) = (model.language, words(model.language));
        view.set_shown(true);
        view.set_heading(words.sources.into());
        let nothing = sources.items.is_empty() && !sources.fetch.is_waiting();
        let status = if sources.fetch.is_waiting() {
            words.looking_for_sources.to_owned()
        } else if let Some(why) = sources.fetch.problem() {
            problem(why, language)
        } else if nothing {
            words.no_sources.to_owned()
        } else {
            facts::sources(sources.items.len(), language)
        };
        view.set_status(status.into());
        let hint = if nothing { words.no_sources_hint } else { "" };
        view.set_status_hint(hint.into());
        let names = [
            words.quality,
            words.speed,
            words.availability,
            words.subtitles,
            words.audio,
        ];
        self.part_names.set(names.map(SharedString::from).to_vec());

        let first = in_player.then(|| SourceLine {
            key: "next".into(),
            quality: "→".into(),
            why: words.next_source.into(),
            facts: words.next_source_hint.into(),
            playable: true,
            plain: true,
            ..SourceLine::default()
        });
        let offset = usize::from(in_player);
        let total = sources.items.len() + offset;
        // Only the lines in sight exist.
        let window = sources.cursor.window(total, SOURCES_VISIBLE, 3);
        let mut y = 0.0;
        let mut scroll = 0.0;
        let mut lines = Vec::new();
        for at in 0..window.end {
            let open = at == sources.cursor.at;
            let plain = in_player && at == 0;
            let mut height = LINE;
            if at == sources.cursor.first {
                scroll = y;
            }
            if window.contains(&at) {
                let mut shown = match (plain, &first) {
                    (true, Some(first)) => first.clone(),
                    _ => line(&sources.items[at - offset], words, language),
                };
                let mut why_lines = 1;
                if open && !plain {
                    (why_lines, height) = opened(&shown.why);
                }
                shown.why_lines = super::index(why_lines);
                shown.index = super::index(at);
                shown.y = y;
                shown.height = height;
                shown.open = open;
                lines.push(shown);
            }
            y += height + GAP;
        }
        view.set_scroll(scroll);
        self.sources.sync(lines, |a, b| a.key == b.key);
    }
}
