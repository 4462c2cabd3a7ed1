//! The film: GStreamer's engine on one side, the window and the view model on the other.
//!
//! Frames are copied: the newest one lies in the sink's single slot, a flag says that the window
//! was woken for it, and the picture is made in the event loop, because Slint's images belong to
//! the thread that draws.

mod abilities;
mod subtitle_names;

use std::{
    cell::RefCell,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use hearth_media::{
    Error,
    engine::{self, Engine, EngineEvent, EventKind, FailureReason, Input, LoadRequest},
    range::HttpRangeReader,
    video::{Frame, FrameSink},
    webvtt,
};
use hearth_model::{Failure, LoadId, LoadReport, Piece, Slug, Stream, SubtitleTrack};
use slint::{Image, Rgba8Pixel, SharedPixelBuffer};
use url::Url;

pub use self::abilities::abilities;
use crate::{
    marks::{Mark, mark},
    view_model::{Chapter, Inside, PlayerNews, PlayerOrder, Track, Tracks},
};

/// Told what the player says; on the engine's thread, must not block.
pub type Tell = Arc<dyn Fn(PlayerNews) + Send + Sync>;

/// Which load of the engine is which of the daemon: theirs begin at 1 with each session, and one
/// that goes on may get another number.
#[derive(Debug, Default, Clone, Copy)]
struct Numbers {
    engine: u64,
    daemon: LoadId,
    /// Of a film in several files: the player counts from the beginning of its own.
    piece: Option<Piece>,
}

/// Plays for one window. The engine and its libraries are started by the first film.
pub struct Player {
    engine: Option<Engine>,
    sink: FrameSink,
    /// Set while the window knows of a frame it has not taken yet.
    woken: Arc<AtomicBool>,
    /// Written by the window's thread, read by the engine's for each event; held for moments.
    numbers: Arc<Mutex<Numbers>>,
    tell: Tell,
    pictures: RefCell<Pictures>,
}

impl std::fmt::Debug for Player {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Player").finish_non_exhaustive()
    }
}

impl Player {
    /// `wake` is called on a streaming thread when a frame can be taken.
    pub fn new(tell: Tell, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let woken = Arc::new(AtomicBool::new(false));
        let flag = woken.clone();
        let sink = FrameSink::new(Arc::new(move || {
            if !flag.swap(true, Ordering::SeqCst) {
                wake();
            }
        }));
        Self {
            engine: None,
            sink,
            woken,
            numbers: Arc::default(),
            tell,
            pictures: RefCell::default(),
        }
    }

    /// GStreamer scales to the window, so that nothing else has to.
    pub fn set_size(&self, width: u32, height: u32) {
        self.sink.set_target_size(width, height);
    }

    /// The newest frame, if there is a new one.
    pub fn take_frame(&self) -> Option<Image> {
        self.woken.store(false, Ordering::SeqCst);
        let frame = self.sink.take()?;
        Some(self.pictures.borrow_mut().picture(&frame))
    }

    pub fn order(&mut self, order: PlayerOrder) {
        if let PlayerOrder::Load {
            load_id,
            stream,
            start_ms,
            paused,
            volume,
            piece,
        } = order
        {
            mark(Mark::Playing, true);
            let engine_id = self.next(load_id, piece);
            let from_ms = piece.map_or(0, |piece| piece.from_ms);
            let request = input(&stream).map(|input| LoadRequest {
                load_id: engine_id,
                input,
                start_ms: start_ms.saturating_sub(from_ms),
                paused,
                volume,
            });
            if let Err(failure) = request.and_then(|request| self.load(request)) {
                (self.tell)(PlayerNews::Report {
                    load_id,
                    report: LoadReport::Failed(failure),
                });
            }
            return;
        }
        let Some(engine) = &self.engine else {
            return;
        };
        match order {
            PlayerOrder::Load { .. } => {}
            PlayerOrder::Adopt { load_id } => self.numbers().daemon = load_id,
            PlayerOrder::Play => engine.play(),
            PlayerOrder::Pause => engine.pause(),
            PlayerOrder::Seek { position_ms } => {
                let piece = self.numbers().piece;
                let from_ms = piece.map_or(0, |piece| piece.from_ms);
                engine.seek(position_ms.saturating_sub(from_ms));
            }
            PlayerOrder::SetVolume { volume } => engine.set_volume(volume),
            PlayerOrder::Stop => {
                engine.stop();
                mark(Mark::Playing, false);
            }
            PlayerOrder::Sound { track } => engine.set_audio_track(track),
            PlayerOrder::Subtitles { track } => engine.set_subtitle_track(track),
            PlayerOrder::OutsideSubtitles { text } => engine.show_subtitles(webvtt::cues(&text)),
        }
    }

    fn numbers(&self) -> MutexGuard<'_, Numbers> {
        self.numbers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine's number of a load of the daemon.
    fn next(&self, daemon: LoadId, piece: Option<Piece>) -> u64 {
        let mut numbers = self.numbers();
        *numbers = Numbers {
            engine: numbers.engine + 1,
            daemon,
            piece,
        };
        numbers.engine
    }

    fn load(&mut self, request: LoadRequest) -> Result<(), Failure> {
        if self.engine.is_none() {
            let engine = self
                .start()
                .map_err(|error| Failure::new(Slug::PlayerFailed, error.to_string()))?;
            self.engine = Some(engine);
        }
        if let Some(engine) = &self.engine {
            engine.load(request);
        }
        Ok(())
    }

    fn start(&self) -> Result<Engine, Error> {
        let (numbers, tell) = (self.numbers.clone(), self.tell.clone());
        Engine::new(Arc::new(self.sink.clone()), move |event: EngineEvent| {
            let numbers = *numbers.lock().unwrap_or_else(PoisonError::into_inner);
            // The last words of a load that was replaced.
            if event.load_id == numbers.engine {
                for news in news(numbers.daemon, numbers.piece, event.kind) {
                    tell(news);
                }
            }
        })
    }
}

/// HLS and DASH are read by GStreamer, files and torrents by ranges from the box; from a box
/// elsewhere in the house GStreamer reads them as well.
fn input(stream: &Stream) -> Result<Input, Failure> {
    let unusable = |detail: String| {
        Failure::new(
            Slug::SourceUnusable,
            format!("The address cannot be played: {detail}"),
        )
    };
    let by_address = matches!(
        stream.mime.as_str(),
        "application/vnd.apple.mpegurl" | "application/x-mpegurl" | "application/dash+xml"
    );
    let url = Url::parse(&stream.url).map_err(|error| unusable(error.to_string()))?;
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if by_address || !loopback {
        return Ok(Input::Url(stream.url.clone()));
    }
    let reader = HttpRangeReader::new(&stream.url).map_err(|error| unusable(error.to_string()))?;
    Ok(Input::Ranged(Arc::new(reader)))
}

/// What the house hears of it: everything by the whole film.
fn news(load_id: LoadId, piece: Option<Piece>, event: EventKind) -> Vec<PlayerNews> {
    let report = |report| PlayerNews::Report { load_id, report };
    let whole = |ms: u64| ms + piece.map_or(0, |piece| piece.from_ms);
    let length = |ms: Option<u64>| piece.map(|piece| piece.whole_ms).or(ms);
    match event {
        EventKind::Prerolled {
            duration_ms,
            tracks,
            chapters,
        } => vec![
            PlayerNews::Inside {
                load_id,
                inside: Inside {
                    tracks: shown(tracks),
                    chapters: named(chapters, whole),
                },
            },
            report(LoadReport::Prerolled {
                duration_ms: length(duration_ms),
            }),
        ],
        EventKind::Playing { position_ms } => vec![report(LoadReport::Playing {
            position_ms: whole(position_ms),
        })],
        EventKind::Paused { position_ms } => vec![report(LoadReport::Paused {
            position_ms: whole(position_ms),
        })],
        EventKind::Buffering { percent } => vec![report(LoadReport::Buffering { percent })],
        EventKind::Starved { buffered_ms, .. } => {
            let detail = format!(
                "The source sent nothing for a while and only {} s of film were left",
                buffered_ms / 1000
            );
            vec![report(LoadReport::Failed(Failure::new(
                Slug::Starved,
                detail,
            )))]
        }
        EventKind::Position {
            position_ms,
            duration_ms,
            buffered_ms,
        } => vec![report(LoadReport::Position {
            position_ms: whole(position_ms),
            duration_ms: length(duration_ms),
            buffered_ms: buffered_ms.map(|ahead_ms| whole(position_ms) + ahead_ms),
        })],
        EventKind::Ended => vec![report(LoadReport::Ended)],
        EventKind::Failed { reason, detail } => {
            vec![report(LoadReport::Failed(Failure::new(
                slug(reason),
                detail,
            )))]
        }
    }
}

fn slug(reason: FailureReason) -> Slug {
    match reason {
        FailureReason::SourceGone => Slug::SourceGone,
        FailureReason::SourceRefused => Slug::SourceRefused,
        FailureReason::SourceUnreachable => Slug::SourceUnreachable,
        FailureReason::SourceUnusable => Slug::SourceUnusable,
        FailureReason::CodecUnsupported => Slug::CodecUnsupported,
        FailureReason::MediaUnreadable => Slug::MediaUnreadable,
        FailureReason::MediaProtected => Slug::MediaProtected,
        FailureReason::PlayerFailed => Slug::PlayerFailed,
    }
}

fn named(chapters: Vec<engine::Chapter>, whole: impl Fn(u64) -> u64) -> Vec<Chapter> {
    chapters
        .into_iter()
        .map(|chapter| Chapter {
            name: chapter.title,
            start_ms: whole(chapter.start_ms),
        })
        .collect()
}

fn shown(tracks: engine::Tracks) -> Tracks {
    let all = |tracks: Vec<engine::Track>| {
        tracks
            .into_iter()
            .map(|track| Track {
                language: track.language,
                name: track.title,
                codec: track.codec,
                ..Track::default()
            })
            .collect::<Vec<_>>()
    };
    let mut subtitles = all(tracks.subtitles);
    for (index, track) in subtitles.iter_mut().enumerate() {
        track.id = SubtitleTrack::inside(index);
        // Text is text to whoever reads it; pictures are something else.
        track.codec = track
            .codec
            .take()
            .filter(|codec| subtitle_names::is_picture(codec));
        subtitle_names::mark(track);
    }
    Tracks {
        sound: all(tracks.audio),
        subtitles,
        sound_at: tracks.audio_index,
        subtitles_at: tracks.subtitle_index,
    }
}

/// Frames as pictures of the window. Three buffers take turns: one is shown, one may still be
/// held by a redraw, and writing to the third disturbs neither and allocates nothing.
#[derive(Default)]
struct Pictures {
    buffers: [Option<SharedPixelBuffer<Rgba8Pixel>>; 3],
    turn: usize,
}

impl Pictures {
    fn picture(&mut self, frame: &Frame) -> Image {
        let (width, height) = (frame.width(), frame.height());
        self.turn = (self.turn + 1) % self.buffers.len();
        let slot = &mut self.buffers[self.turn];
        let fits = |buffer: &SharedPixelBuffer<Rgba8Pixel>| {
            (buffer.width(), buffer.height()) == (width, height)
        };
        let mut buffer = slot
            .take()
            .filter(fits)
            .unwrap_or_else(|| SharedPixelBuffer::new(width, height));
        let row = width as usize * 4;
        let rows = buffer.make_mut_bytes().chunks_mut(row.max(1));
        for (to, from) in rows.zip(frame.data().chunks(frame.stride().max(1))) {
            let len = to.len().min(from.len());
            to[..len].copy_from_slice(&from[..len]);
        }
        *slot = Some(buffer.clone());
        // Without transparency both ways are the same, and this one costs nothing.
        Image::from_rgba8_premultiplied(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(url: &str, mime: &str) -> Stream {
        Stream {
            url: url.into(),
            mime: mime.into(),
            expires_at: 0,
        }
    }

    /// The engine counts from the picture, the house from the film's beginning: a timeline that
    /// took one for the other showed nothing as loaded.
    #[test]
    fn what_is_loaded_is_a_place_in_the_film() {
        let event = EventKind::Position {
            position_ms: 60_000,
            duration_ms: Some(120_000),
            buffered_ms: Some(5_000),
        };
        let report = LoadReport::Position {
            position_ms: 60_000,
            duration_ms: Some(120_000),
            buffered_ms: Some(65_000),
        };
        let said = news(7, None, event.clone());
        assert_eq!(said, [PlayerNews::Report { load_id: 7, report }]);

        // And of a film in several files it is a place in the whole.
        let piece = Piece {
            index: 1,
            from_ms: 100_000,
            until_ms: 220_000,
            whole_ms: 300_000,
        };
        let report = LoadReport::Position {
            position_ms: 160_000,
            duration_ms: Some(300_000),
            buffered_ms: Some(165_000),
        };
        let said = news(7, Some(piece), event);
        assert_eq!(said, [PlayerNews::Report { load_id: 7, report }]);
    }

    #[test]
    fn what_is_read_how_follows_from_the_address() {
        let file = input(&stream(
            "http://127.0.0.1:4000/s?ticket=x",
            "video/x-matroska",
        ));
        assert!(matches!(file, Ok(Input::Ranged(_))));
        let hls = input(&stream(
            "http://127.0.0.1:4000/live.m3u8",
            "application/vnd.apple.mpegurl",
        ));
        assert!(matches!(hls, Ok(Input::Url(_))));
        let far = input(&stream("http://192.168.1.5/s?ticket=x", "video/mp4"));
        assert!(matches!(far, Ok(Input::Url(_))));
        let failure = input(&stream("not an address", "video/mp4")).unwrap_err();
        assert_eq!(failure.reason, "source-unusable");
    }
}
