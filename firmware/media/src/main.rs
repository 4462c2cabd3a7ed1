//! The media worker: one short job a process, one JSON line on standard output, logs on standard
//! error. hearthd starts it with limits on memory and time and reads only that line and the exit
//! code: 0 done, 1 the job failed (the line says why), 2 wrong usage.

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use hearth_media::{
    Error,
    input::JobInput,
    probe,
    remux::{self, RemuxRequest, Target},
    testcard,
    thumbnail::{self, ThumbnailRequest},
};
use serde_json::{Value, json};

#[derive(Debug, Parser)]
#[command(name = "hearth-media", version, about = "Hearth's media worker")]
struct Arguments {
    #[command(subcommand)]
    job: Job,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Tell what is in a file: container, length, tracks, chapters.
    Probe {
        /// A path, fd:NUMBER, or an http address on this box.
        input: String,
        /// Give up after this time.
        #[arg(long, default_value_t = 15_000, value_parser = timeout())]
        timeout_ms: u64,
    },
    /// Take a still picture.
    Thumbnail {
        /// A path, fd:NUMBER, or an http address on this box.
        input: String,
        /// Where in the film, in milliseconds.
        #[arg(long, value_name = "MS")]
        at: u64,
        /// In pixels; the height follows.
        #[arg(long, default_value_t = 640)]
        width: u32,
        /// Where to write it: .png or .jpg.
        #[arg(long)]
        out: PathBuf,
        /// Give up after this time.
        #[arg(long, default_value_t = 15_000, value_parser = timeout())]
        timeout_ms: u64,
    },
    /// Give a film the form that browsers play: fragmented MP4, the picture copied.
    Remux {
        /// A path, fd:NUMBER, or an http address on this box.
        input: String,
        /// Where to write one file: a name in .mp4 that is not there yet.
        #[arg(long, value_name = "FILE", required_unless_present = "segments")]
        out: Option<PathBuf>,
        /// Or a new folder for an HLS playlist and its segments.
        #[arg(long, value_name = "FOLDER", conflicts_with = "out")]
        segments: Option<PathBuf>,
        /// Begin with the key frame at or before this place of the film.
        #[arg(long, value_name = "MS", default_value_t = 0)]
        from: u64,
        /// End at this place of the film.
        #[arg(long, value_name = "MS")]
        to: Option<u64>,
        /// Which audio track, counted from 0 as the probe tells them.
        #[arg(long, value_name = "N", default_value_t = 0)]
        audio: usize,
        /// Give up after this time.
        #[arg(long, default_value_t = *probe::TIMEOUT_MS.end(), value_parser = timeout())]
        timeout_ms: u64,
    },
    /// Make the test card: readable time, a machine-readable strip, two languages, chapters.
    Testcard {
        /// Where to write it; .mkv carries everything, .mp4 and .ts less.
        #[arg(long)]
        out: PathBuf,
        #[arg(long, default_value_t = 120)]
        seconds: u32,
        /// Width and height in pixels.
        #[arg(long, default_value = "1280x720", value_parser = size)]
        size: (u32, u32),
        /// Frames a second.
        #[arg(long, default_value_t = 30)]
        fps: u32,
    },
}

fn timeout() -> clap::builder::RangedU64ValueParser {
    clap::value_parser!(u64).range(probe::TIMEOUT_MS)
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    sides.ok_or_else(|| format!("{text} is not WIDTHxHEIGHT, such as 1280x720"))
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_env("HEARTH_LOG"))
        .with_writer(std::io::stderr)
        .init();
    let (line, code) = match run(Arguments::parse().job) {
        Ok(line) => (line, ExitCode::SUCCESS),
        Err(error) => {
            tracing::debug!(?error, "the job failed");
            (
                json!({"error": {"slug": error.slug(), "detail": error.detail()}}),
                ExitCode::FAILURE,
            )
        }
    };
    println!("{line}");
    code
}

fn run(job: Job) -> Result<Value, Error> {
    match job {
        Job::Probe { input, timeout_ms } => Ok(json!(probe::probe(
            &input.parse::<JobInput>()?,
            timeout_ms
        )?)),
        Job::Thumbnail {
            input,
            at,
            width,
            out,
            timeout_ms,
        } => {
            let input = input.parse()?;
            let request = ThumbnailRequest {
                input,
                at_ms: at,
                width,
                out,
                timeout_ms,
            };
            Ok(json!(thumbnail::take(&request)?))
        }
        Job::Remux {
            input,
            out,
            segments,
            from,
            to,
            audio,
            timeout_ms,
        } => {
            let target = out
                .map(Target::File)
                .or(segments.map(Target::Segments))
                .expect("the command line requires one of them");
            let request = RemuxRequest {
                input: input.parse()?,
                target,
                from_ms: from,
                to_ms: to,
                audio,
                timeout_ms,
            };
            Ok(json!(remux::make(&request)?))
        }
        Job::Testcard {
            out,
            seconds,
            size: (width, height),
            fps,
        } => {
            let card = testcard::make(&testcard::CardRequest {
                out,
                seconds,
                width,
                height,
                fps,
            })?;
            Ok(json!(card))
        }
    }
}
