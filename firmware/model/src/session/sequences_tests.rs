//! The session under random sequences.

use proptest::prelude::*;

use super::*;

#[derive(Debug, Clone)]
enum Op {
    Command(Command, Option<u64>, Option<u8>),
    Report(LoadId, LoadReport),
    Ready(LoadId, bool),
    Subtitles(Option<u8>),
    FindSubtitles,
    SubtitlesFound(u8),
    SubtitlesFailed,
    NotReady(LoadId),
    Found(Vec<u8>, bool),
    Lost,
    Back(bool),
    Tick,
    WrongLength(LoadId),
    PutLast,
}

fn op() -> impl Strategy<Value = Op> {
    let command = prop_oneof![
        Just(Command::Play),
        Just(Command::Pause),
        Just(Command::Seek),
        Just(Command::SetVolume),
        Just(Command::NextSource),
    ];
    let position = 0..2_000_000u64;
    let report = prop_oneof![
        Just(LoadReport::Prerolled {
            duration_ms: Some(600_000)
        }),
        Just(LoadReport::Prerolled { duration_ms: None }),
        position
            .clone()
            .prop_map(|position_ms| LoadReport::Playing { position_ms }),
        position
            .clone()
            .prop_map(|position_ms| LoadReport::Paused { position_ms }),
        (0..=100u8).prop_map(|percent| LoadReport::Buffering { percent }),
        position.prop_map(|position_ms| LoadReport::Position {
            position_ms,
            duration_ms: Some(600_000),
            buffered_ms: Some(1),
        }),
        Just(LoadReport::Ended),
        Just(LoadReport::Inside {
            subtitles: vec![subtitles("", "ru"), subtitles("", "en")]
        }),
        Just(LoadReport::Failed(Failure::new(Slug::Starved, ""))),
    ];
    prop_oneof![
        (command, any::<Option<u64>>(), any::<Option<u8>>())
            .prop_map(|(command, position, volume)| Op::Command(command, position, volume)),
        (1..6u64, report).prop_map(|(load_id, report)| Op::Report(load_id, report)),
        (1..6u64, any::<bool>()).prop_map(|(load_id, cut)| Op::Ready(load_id, cut)),
        any::<Option<u8>>().prop_map(Op::Subtitles),
        Just(Op::FindSubtitles),
        (0..3u8).prop_map(Op::SubtitlesFound),
        Just(Op::SubtitlesFailed),
        (1..6u64).prop_map(Op::NotReady),
        (proptest::collection::vec(0..4u8, 0..4), any::<bool>())
            .prop_map(|(found, more)| Op::Found(found, more)),
        Just(Op::Lost),
        any::<bool>().prop_map(Op::Back),
        Just(Op::Tick),
        (1..6u64).prop_map(Op::WrongLength),
        Just(Op::PutLast),
    ]
}

proptest! {
    /// Whatever comes in whatever order: a mirror that hears the announcements shows the same
    /// session, revisions never go back, and every load on the screen has a load id of its own.
    #[test]
    fn a_mirror_stays_in_step(ops in proptest::collection::vec((op(), 0..5_000u64), 0..60)) {
        let mut session = started(&["second", "third"]);
        let mut mirror = crate::Mirror::default();
        mirror.apply(&ServerMessage::RoomState(session.room_state(0)));
        let mut now = 0;
        let mut rev = session.rev();
        let mut loads = Vec::new();
        for (op, wait_ms) in ops {
            now += wait_ms;
            let effects = match op {
                Op::Command(command, position, volume) => {
                    session.command(command, position, volume, None, now).unwrap_or_default()
                }
                Op::Report(load_id, report) => session.report(load_id, report, now),
                Op::Ready(load_id, cut) => {
                    let piece = Piece::at(session.position_at(now), &FILES_MS);
                    session.source_ready(load_id, stream(), piece.filter(|_| cut), now)
                }
                Op::Subtitles(index) => {
                    let id = index.map(|index| format!("inside-{}", index % 3));
                    session.choose_subtitles(id.as_deref(), now).unwrap_or_default()
                }
                Op::FindSubtitles => session.find_subtitles(now).unwrap_or_default(),
                Op::SubtitlesFound(count) => {
                    let outside = (0..count).map(|index| OutsideTrack {
                        track: subtitles(&format!("inside-{index}"), "ru"),
                        url: String::new(),
                        piece: None,
                    });
                    let search = SubtitleSearch::default();
                    session.subtitles_found(source("first"), outside.collect(), search, now)
                }
                Op::SubtitlesFailed => {
                    let failure = Failure::new(Slug::SubtitlesQuota, "");
                    session.subtitles_failed("inside-0", failure, now)
                }
                Op::NotReady(load_id) => {
                    session.source_failed(load_id, Failure::new(Slug::NoPeers, ""), now)
                }
                Op::Found(found, more) => {
                    let found = found.iter().map(|name| source(&name.to_string()));
                    session.sources_found(found.collect(), more, now)
                }
                Op::Lost => session.screen_lost(now),
                Op::Back(still_holds) => session.screen_back(still_holds, now),
                // Long after: whatever waits is starved.
                Op::Tick => {
                    now += SHOWN_WITHIN_MS;
                    session.tick(now)
                }
                Op::WrongLength(load_id) => session.wrong_length(load_id, now),
                Op::PutLast => {
                    session.put_last(source("third"));
                    Vec::new()
                }
            };
            for effect in &effects {
                match effect {
                    Effect::Announce(message) => mirror.apply(message),
                    Effect::ToScreen(ScreenCommand::Load { load_id, .. }) => loads.push(*load_id),
                    _ => {}
                }
            }
            prop_assert!(session.rev() >= rev);
            rev = session.rev();
            let seen = &mirror.sessions[&session.id];
            prop_assert_eq!(seen.rev, session.rev());
            prop_assert_eq!(seen.volume, session.volume());
            prop_assert_eq!(&seen.shown_subtitles, &session.room_state(now).shown_subtitles);
            prop_assert_eq!(seen.source_id, Some(session.source()));
            let apart_ms = seen.position_at(now).abs_diff(session.position_at(now));
            prop_assert!(apart_ms <= DRIFT_MS, "mirror {} ms away", apart_ms);
        }
        let mut distinct = loads.clone();
        distinct.dedup();
        prop_assert_eq!(loads, distinct);
    }
}
