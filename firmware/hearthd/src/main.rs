//! The daemon: reads its configuration, wires the crates together, and serves until it is told
//! to stop.

mod config;
mod local;
mod notify;
mod pair;
mod release_name;
mod run;
mod sites;
mod update;

use std::{ffi::OsString, net::SocketAddr, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

#[derive(Parser)]
#[command(name = "hearthd", version, about = "The Hearth media box's daemon")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the box until SIGTERM or Ctrl-C.
    Run(RunArgs),
    /// Shows the configuration as it takes effect.
    Config {
        /// With the origin of each value.
        #[arg(long)]
        explain: bool,
        #[command(flatten)]
        layers: Layers,
    },
    /// Shows a PIN to pair a phone with, on a machine without a TV.
    Pair {
        /// The data folder of the running hearthd.
        #[arg(long, env = "HEARTH_DATA", default_value_os_t = default_data())]
        data: PathBuf,
        /// The running hearthd's socket; DATA/hearthd.sock unless given.
        #[arg(long)]
        socket: Option<PathBuf>,
    },
    /// Updates of a box: what there is, and writing one.
    Update {
        #[command(subcommand)]
        task: update::Task,
        /// The data folder of the running hearthd.
        #[arg(long, env = "HEARTH_DATA", default_value_os_t = default_data(), global = true)]
        data: PathBuf,
        /// The running hearthd's socket; DATA/hearthd.sock unless given.
        #[arg(long, global = true)]
        socket: Option<PathBuf>,
    },
    /// Tells what release names say, one JSON object a line.
    ReleaseName {
        /// Release or file names. Without any, one a line from standard input.
        names: Vec<OsString>,
    },
    /// Site definitions: docs/reference/site-definitions.md.
    Sites {
        #[command(subcommand)]
        task: sites::Task,
    },
    /// Prints the API's OpenAPI document.
    Openapi,
    /// Gives the disk that a box runs from identifiers of its own, unless it has them.
    #[command(hide = true)]
    IdentifyDisk { device: PathBuf },
}

#[derive(Args)]
struct RunArgs {
    /// Where the box keeps its state, torrents and films.
    #[arg(long, env = "HEARTH_DATA", default_value_os_t = default_data())]
    data: PathBuf,
    /// The Unix socket for the local TV; DATA/hearthd.sock unless given.
    #[arg(long)]
    socket: Option<PathBuf>,
    #[command(flatten)]
    layers: Layers,
}

/// What stands over the defaults.
#[derive(Args, Debug)]
pub struct Layers {
    /// A configuration file; /etc/hearth/hearth.toml, if it is there, unless given.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Address and port of the API.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Announce nothing by mDNS.
    #[arg(long)]
    no_mdns: bool,
}

fn default_data() -> PathBuf {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share"));
    std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(home)
        .unwrap_or_else(|| "/var/lib".into())
        .join("hearth")
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => {
            let socket = args
                .socket
                .unwrap_or_else(|| args.data.join("hearthd.sock"));
            config::load(&args.layers).and_then(|config| run::run(config, args.data, &socket))
        }
        Command::Config { explain, layers } => {
            config::print(&layers, explain).map(|text| print!("{text}"))
        }
        Command::Pair { data, socket } => {
            pair::pair(&socket.unwrap_or_else(|| data.join("hearthd.sock")))
        }
        Command::Update { task, data, socket } => {
            update::run(&socket.unwrap_or_else(|| data.join("hearthd.sock")), task)
        }
        Command::ReleaseName { names } => release_name::run(&names),
        Command::Sites { task } => sites::run(task),
        Command::Openapi => {
            print!("{}", hearth_server::document());
            Ok(())
        }
        Command::IdentifyDisk { device } => hearth_device::disk::identify(&device)
            .with_context(|| format!("the identifiers of {}", device.display()))
            .map(|given| {
                if given {
                    println!("{} has identifiers of its own now", device.display());
                }
            }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hearthd: {error:#}");
            ExitCode::FAILURE
        }
    }
}
