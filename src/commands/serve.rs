//! `mlp serve`

use std::io;
use std::net::ToSocketAddrs as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use crate::allocator::return_freed_memory;
use crate::error::ServeError;
use crate::run::{RunDirectory, Which};
use crate::serve::{Access, Limits, ModelSource, ServedModel, Server, bind};
use clap::Args;
use tokio::runtime::Builder;

use super::arguments::Verbosity;
use super::{Failure, Outcome, process, terminal};

/// Maximum number of threads that parse requests and write answers; the network is computed on others.
const MAX_CONNECTION_THREADS: usize = 4;

/// A limit on connections below this is noted, where more were asked for.
const FEW_CONNECTIONS: usize = 256;
/// Maximum number of threads that compute: more than any machine has a use for.
const MAX_THREADS: i64 = 1024;

/// Arguments of `mlp serve`.
#[derive(Debug, Args)]
#[command(
    after_help = "The page at / draws and predicts; /openapi.json describes the interface; /metrics is for Prometheus.\nSIGTERM and Ctrl-C answer what has been accepted and stop; SIGHUP loads the newest checkpoint of RUN.\n\nExamples:\n  mlp serve artifacts/pretrained               then open http://127.0.0.1:8080\n  curl --data-binary @seven.png -H 'Content-Type: image/png' http://127.0.0.1:8080/v1/predict\n  curl --data-binary @digits.csv -H 'Content-Type: text/csv' -H 'Accept: text/csv' http://127.0.0.1:8080/v1/predict\n  mlp serve artifacts/mnist --listen 0.0.0.0:80  for all who reach this machine"
)]
pub struct ServeArguments {
    /// Run folder, or a folder of runs: the newest of them
    #[arg(value_name = "RUN")]
    run: PathBuf,
    /// Checkpoint: best, last or a step; without it, the best if the run has a validation split, else the last
    #[arg(long, value_name = "CHECKPOINT")]
    checkpoint: Option<Which>,
    /// Address and port; port 0 is any that is free. The server speaks plain HTTP and knows no users
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Threads that compute the network
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=MAX_THREADS))]
    threads: u16,
    /// Name by which clients call the server, besides localhost; without any, a server that listens beyond this machine
    /// answers to all names
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Origin, a scheme with a host, whose pages may use the server from a browser; * for all
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    allow_origin: Vec<String>,
    #[command(flatten)]
    limits: LimitArguments,
}

/// Limits on what a client may ask for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
struct LimitArguments {
    /// MiB of a request's body
    #[arg(long, value_name = "MIB", default_value_t = Limits::default().body_bytes >> 20, value_parser = at_least_one)]
    max_body: usize,
    /// Rows of a request
    #[arg(long, value_name = "N", default_value_t = Limits::default().rows, value_parser = at_least_one)]
    max_rows: usize,
    /// Pixels of an image
    #[arg(long, value_name = "N", default_value_t = Limits::default().pixels)]
    max_pixels: u64,
    /// Seconds for the head of a request, and for an idle connection
    #[arg(long, value_name = "SECONDS", default_value_t = seconds(Limits::default().header_timeout), value_parser = positive)]
    header_timeout: f64,
    /// Seconds for the body of a request, and for each part of an answer
    #[arg(long, value_name = "SECONDS", default_value_t = seconds(Limits::default().body_timeout), value_parser = positive)]
    body_timeout: f64,
    /// Requests that wait for the network; more are answered 503
    #[arg(long, value_name = "N", default_value_t = Limits::default().queue, value_parser = at_least_one)]
    max_queue: usize,
    /// Connections open at the same time; more are answered 503
    #[arg(long, value_name = "N", default_value_t = Limits::default().connections, value_parser = at_least_one)]
    max_connections: usize,
    /// Seconds for what has been accepted, once the server is to stop
    #[arg(long, value_name = "SECONDS", default_value_t = seconds(Limits::default().grace), value_parser = positive)]
    grace: f64,
}

impl LimitArguments {
    fn limits(&self) -> Limits {
        Limits {
            body_bytes: self.max_body.saturating_mul(1 << 20),
            rows: self.max_rows,
            pixels: self.max_pixels,
            header_timeout: Duration::from_secs_f64(self.header_timeout),
            body_timeout: Duration::from_secs_f64(self.body_timeout),
            queue: self.max_queue,
            connections: self.max_connections,
            grace: Duration::from_secs_f64(self.grace),
        }
    }
}

/// Serves until a signal comes.
pub fn run(arguments: &ServeArguments, verbosity: Verbosity) -> Outcome {
    return_freed_memory();
    process::configure(&RunDirectory::find(&arguments.run)?.read_config()?);
    let source = ModelSource {
        run: arguments.run.clone(),
        checkpoint: arguments.checkpoint.unwrap_or(Which::Chosen),
    };
    let access = Access {
        any_host: arguments.allow_host.is_empty() && !is_loopback(&arguments.listen),
        hosts: arguments.allow_host.clone(),
        origins: arguments.allow_origin.clone(),
    };
    let limits = arguments.limits.limits();
    let server = Server::new(source, access, limits, arguments.threads.into())?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = Builder::new_multi_thread()
        .worker_threads(cores.clamp(2, MAX_CONNECTION_THREADS))
        .enable_all()
        .build()
        .map_err(ServeError::Threads)?;
    let outcome = runtime.block_on(serve(&server, arguments, verbosity));
    runtime.shutdown_background(); // without waiting for connections past their grace period
    outcome?;
    if !verbosity.quiet {
        terminal::note("stopped");
    }
    Ok(ExitCode::SUCCESS)
}

async fn serve(
    server: &Server,
    arguments: &ServeArguments,
    verbosity: Verbosity,
) -> Result<(), Failure> {
    let listener = bind(&arguments.listen).await?;
    let bound = listener.local_addr().map_err(Failure::Stream)?;
    // Before the address is printed, after which a signal may come at any time.
    let stop = Stop::listen().map_err(Failure::Stream)?;
    reload_on_hangup(server.clone(), verbosity).map_err(Failure::Stream)?;
    report_model(&server.model(), verbosity);
    if !bound.ip().is_loopback() {
        terminal::eprint(&format!(
            "!! LISTENING BEYOND THIS MACHINE ({bound}): whoever reaches it may ask, without a password and unencrypted.\n"
        ));
    }
    let connections = server.connections();
    if connections < arguments.limits.max_connections.min(FEW_CONNECTIONS) {
        terminal::note(&format!(
            "at most {connections} connections at once: the system lets this process open no more files (`ulimit -n`)"
        ));
    }
    terminal::print(&format!("listening on http://{bound}\n"))?;
    server.serve(listener, stop.signal()).await;
    Ok(())
}

/// Reports which model is served.
fn report_model(model: &ServedModel, verbosity: Verbosity) {
    for note in model.notes() {
        terminal::note(note);
    }
    if !verbosity.quiet {
        terminal::eprint(&format!("serving {}\n", model.title()));
    }
}

/// The first signal that asks the server to stop; a second one ends the process at once.
struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    fn listen() -> io::Result<Self> {
        #[cfg(unix)]
        use tokio::signal::unix::{SignalKind, signal};
        process::Interrupt::listen()?;
        Ok(Self {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn signal(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn signal(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Reloads the model at each SIGHUP.
#[cfg(unix)]
fn reload_on_hangup(server: Server, verbosity: Verbosity) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            let server = server.clone();
            let loaded = tokio::task::spawn_blocking(move || server.reload()).await;
            match loaded {
                Ok(Ok(model)) => report_model(&model, verbosity),
                Ok(Err(error)) => {
                    let kept = "the network cannot be loaded anew, and stays as it was";
                    terminal::note(&format!("{kept}: {error}"));
                }
                Err(_) => {} // a panic, which the hook has reported
            }
        }
    });
    Ok(())
}

#[cfg(not(unix))]
fn reload_on_hangup(_: Server, _: Verbosity) -> io::Result<()> {
    Ok(())
}

/// Whether an address to listen on is reached from this machine alone.
fn is_loopback(address: &str) -> bool {
    let resolved = address.to_socket_addrs();
    resolved.is_ok_and(|mut addresses| addresses.all(|address| address.ip().is_loopback()))
}

fn origin(text: &str) -> Result<String, String> {
    let is_origin = |text: &str| {
        let host = text.split_once("://").map(|(_, host)| host);
        host.is_some_and(|host| !host.is_empty() && !host.contains('/'))
    };
    if text == "*" || is_origin(text) && text.is_ascii() {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(
            "expected an origin, such as https://example.org or http://localhost:3000, or *"
                .to_owned(),
        )
    }
}

fn seconds(duration: Duration) -> f64 {
    duration.as_secs_f64()
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..) => Ok(number),
        _ => Err("expected a whole number from 1 on".to_owned()),
    }
}

fn positive(text: &str) -> Result<f64, String> {
    const MAX_SECONDS: f64 = 1e9;
    match text.parse::<f64>() {
        Ok(number) if number > 0.0 && number <= MAX_SECONDS => Ok(number),
        _ => Err("expected a number of seconds above 0".to_owned()),
    }
}
