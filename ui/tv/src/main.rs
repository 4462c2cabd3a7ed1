//! `hearth-tv`: the command line.

use std::{env, path::PathBuf, process::ExitCode, rc::Rc};

use clap::{Args, Parser, Subcommand, ValueEnum};
use hearth_model::{Language, ScreenAbilities, Surface, TvChoices};
use hearth_tv::{
    app::{App, Start},
    display::{self, Drawing},
    kept::ChoicesFile,
    keys::{self, Step, UnknownStep},
    link::{Daemon, TokenFile},
    marks::{Mark, mark},
    notice::Notice,
    platform::Headless,
    service,
    snapshot::{self, Snapshot},
    video,
    view_model::Role,
};
use slint::{ComponentHandle, PlatformError};
use tokio::runtime::{Builder, Runtime};

/// The TV of Hearth.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    task: Option<Task>,
    #[command(flatten)]
    run: RunArgs,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Draw the interface without a display and write it down as a PNG.
    Snapshot(SnapshotArgs),
    /// Show one page from a file, without a daemon, and print what was chosen.
    Notice(NoticeArgs),
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Where the daemon is: `unix:PATH`, or `http://HOST:PORT` of a box elsewhere in the house.
    #[arg(long, required = false, env = "HEARTH_DAEMON")]
    daemon: Option<Daemon>,
    /// A window instead of the whole screen.
    #[arg(long, conflicts_with = "headless")]
    windowed: bool,
    /// No window at all; the film is still played and heard.
    #[arg(long)]
    headless: bool,
    #[arg(long)]
    lang: Option<Lang>,
    /// The window's size, like 1920x1080.
    #[arg(long, value_parser = size)]
    size: Option<(u32, u32)>,
    /// No animations. Kept when it is changed in the settings.
    #[arg(long, env = "HEARTH_REDUCED_MOTION")]
    reduced_motion: bool,
    /// What the house calls this screen.
    #[arg(long, default_value = "TV")]
    name: String,
}

#[derive(Debug, Args)]
struct SnapshotArgs {
    /// Where the daemon is: `unix:PATH` or `http://HOST:PORT`.
    #[arg(long, env = "HEARTH_DAEMON")]
    daemon: Daemon,
    /// What to press: `Down Right Enter`, also `Up Left Back Home Search Play
    /// type:TEXT wait:MS`, and `rest`: until what goes away by itself has gone.
    #[arg(long, default_value = "", value_parser = steps)]
    keys: Steps,
    #[arg(long, default_value = "1920x1080", value_parser = size)]
    size: (u32, u32),
    #[arg(long)]
    lang: Option<Lang>,
    /// No animations.
    #[arg(long, env = "HEARTH_REDUCED_MOTION")]
    reduced_motion: bool,
    /// The picture's file.
    #[arg(long)]
    out: PathBuf,
}

#[derive(Debug, Args)]
struct NoticeArgs {
    /// The page, as JSON: `title`, `text` and `choices` in `ru` and `en`, `foot`. Read again when it
    /// changes.
    #[arg(long)]
    file: PathBuf,
    /// Press these keys and write the page down as a PNG instead of showing it.
    #[arg(long, requires = "out", default_value = "", value_parser = steps)]
    keys: Steps,
    #[arg(long, default_value = "1920x1080", value_parser = size)]
    size: (u32, u32),
    /// The picture's file.
    #[arg(long)]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone)]
struct Steps(Vec<Step>);

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    Ru,
    En,
}

fn steps(text: &str) -> Result<Steps, UnknownStep> {
    keys::script(text).map(Steps)
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let sides = text.split_once(['x', '×']).and_then(|(width, height)| {
        let side = |side: &str| side.parse().ok().filter(|side| (320..=7680).contains(side));
        Some((side(width)?, side(height)?))
    });
    sides.ok_or_else(|| format!("`{text}` is not a size; write it like 1920x1080"))
}

fn asked(lang: Option<Lang>, reduced_motion: bool) -> TvChoices {
    TvChoices {
        language: lang.map(|lang| match lang {
            Lang::Ru => Language::Ru,
            Lang::En => Language::En,
        }),
        reduced_motion: reduced_motion.then_some(true),
    }
}

fn system_language() -> Language {
    let russian = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|value| !value.is_empty())
        .is_some_and(|value| value.starts_with("ru"));
    if russian { Language::Ru } else { Language::En }
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_| "warn,hearth_tv=info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let cli = Cli::parse();
    let runtime = match Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => {
            return fail(&format!(
                "the threads for the network could not be started: {error}"
            ));
        }
    };
    let outcome = match cli.task {
        Some(Task::Snapshot(args)) => snapshot(args, &runtime),
        Some(Task::Notice(args)) => notice(args, &runtime),
        None => run(cli.run, &runtime),
    };
    // What still waits for the network is not waited for.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => fail(&sentence),
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("hearth-tv: {sentence}");
    ExitCode::FAILURE
}

fn snapshot(args: SnapshotArgs, runtime: &Runtime) -> Result<(), String> {
    let snapshot = Snapshot {
        start: Start {
            daemon: args.daemon,
            language: system_language(),
            asked: asked(args.lang, args.reduced_motion),
            role: Snapshot::role(),
            name: "Snapshot".into(),
            tokens: TokenFile::in_home(),
            // Pictures show what was asked for, whatever this TV's household likes.
            choices: None,
        },
        size: args.size,
        steps: args.keys.0,
        out: args.out,
    };
    snapshot
        .take(runtime.handle())
        .map_err(|error| error.to_string())
}

fn notice(args: NoticeArgs, runtime: &Runtime) -> Result<(), String> {
    let open = || Notice::open(&args.file).map_err(|error| error.to_string());
    let chosen = if let Some(out) = args.out {
        let headless = Headless::install(args.size.0, args.size.1).map_err(|e| e.to_string())?;
        let notice = open()?;
        headless.show();
        notice.fit();
        for step in args.keys.0 {
            headless.turn(Some(snapshot::LOOK_EVERY));
            match step {
                Step::Press(key) => notice.press(key),
                other => return Err(format!("a notice takes single keys only, not {other:?}")),
            }
        }
        headless.turn(Some(snapshot::LOOK_EVERY));
        snapshot::write(&out, &headless.pixels(), args.size).map_err(|error| error.to_string())?;
        notice.chosen()
    } else {
        display::select(Drawing::Plain)?;
        end_on_signal(runtime);
        let notice: Rc<Notice> = open()?;
        let shown = |error: PlatformError| format!("the window could not be opened: {error}");
        notice.window.window().set_fullscreen(true);
        notice.window.show().map_err(shown)?;
        notice.fit();
        slint::run_event_loop_until_quit().map_err(shown)?;
        notice.chosen()
    };
    if let Some(id) = chosen {
        println!("{id}");
    }
    Ok(())
}

fn run(args: RunArgs, runtime: &Runtime) -> Result<(), String> {
    let daemon = args
        .daemon
        .ok_or("say where the daemon is: --daemon unix:PATH or --daemon http://HOST:PORT")?;
    let abilities = video::abilities().unwrap_or_else(|error| {
        tracing::warn!(%error, "the decoders could not be counted; assuming the usual ones");
        ScreenAbilities::default()
    });
    let start = Start {
        daemon,
        language: system_language(),
        asked: asked(args.lang, args.reduced_motion),
        role: Role::Household {
            name: args.name.clone(),
            abilities,
        },
        name: args.name,
        tokens: TokenFile::in_home(),
        choices: ChoicesFile::in_home(),
    };
    end_on_signal(runtime);
    let size = args.size.unwrap_or((1920, 1080));
    let shown = |error: PlatformError| format!("the window could not be opened: {error}");
    if !args.headless {
        let drawing = if Mark::ProcessorDraws.is_set() {
            tracing::warn!("it died several times: drawing without the graphics chip");
            Drawing::Plain
        } else {
            Drawing::Usual
        };
        let place = display::select(drawing);
        mark(Mark::Headless, place.is_err());
        match place {
            Ok(()) => return window(start, args.windowed, args.size, runtime).map_err(shown),
            Err(why) => tracing::warn!(why, "no display here: running without a window"),
        }
    }
    let headless = Headless::install(size.0, size.1).map_err(shown)?;
    let app = App::start(start, runtime.handle()).map_err(shown)?;
    headless.show();
    app.fit();
    let _feeder = service::ready();
    let mut drawn = false;
    while !headless.turn(None) {
        if headless.drawn() > 0 && !std::mem::replace(&mut drawn, true) {
            app.drew(Surface::Memory);
        }
    }
    Ok(())
}

fn window(
    start: Start,
    windowed: bool,
    size: Option<(u32, u32)>,
    runtime: &Runtime,
) -> Result<(), PlatformError> {
    let app = App::start(start, runtime.handle())?;
    let window = app.window.window();
    if windowed {
        let (width, height) = size.unwrap_or((1280, 720));
        window.set_size(slint::PhysicalSize::new(width, height));
    } else {
        window.set_fullscreen(true);
    }
    app.window.show()?;
    app.fit();
    service::watch_first_frame(&app);
    let _feeder = service::ready();
    slint::run_event_loop_until_quit()
}

/// A service is stopped by a signal: the window closes, the last words are sent.
fn end_on_signal(runtime: &Runtime) {
    use tokio::signal::unix::{SignalKind, signal};
    runtime.spawn(async {
        let (Ok(mut term), Ok(mut int)) = (
            signal(SignalKind::terminate()),
            signal(SignalKind::interrupt()),
        ) else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
        if slint::quit_event_loop().is_err() {
            std::process::exit(0);
        }
    });
}
