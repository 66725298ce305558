//! `mlp runs prune`

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use crate::run::{ARTIFACTS, RunDirectory, Status};
use clap::Args;

use super::{Entry, runs_in};
use crate::commands::arguments::Verbosity;
use crate::commands::terminal::{eprint, print};
use crate::commands::text::{counted, size, table};
use crate::commands::{Failure, Outcome};

/// Folder below `artifacts` with the runs that came with the project, which are never deleted.
const PRETRAINED: &str = "pretrained";

/// Arguments of `mlp runs prune`.
#[derive(Debug, Args)]
#[command(
    after_help = "A run in which a process is training, a damaged one and those in artifacts/pretrained are left\nalone.\n\nExamples:\n  mlp runs prune --dry-run\n  mlp runs prune artifacts/mnist --keep 2 --unfinished --yes"
)]
pub struct PruneArguments {
    /// Folder of runs [default: artifacts]
    folder: Option<PathBuf>,
    /// Keep the newest N of each name
    #[arg(long, value_name = "N", default_value_t = 5)]
    keep: usize,
    /// Count and delete killed, interrupted, diverged and failed runs as well
    #[arg(long)]
    unfinished: bool,
    /// List what would go, and stop
    #[arg(long)]
    dry_run: bool,
    /// Delete without asking
    #[arg(short, long)]
    yes: bool,
}

/// A run to be deleted.
struct Candidate {
    run: RunDirectory,
    entry: Entry,
    bytes: u64,
}

/// Lists the runs to be deleted, asks, and deletes them.
pub fn run(arguments: &PruneArguments, verbosity: Verbosity) -> Outcome {
    let (folder, runs) = runs_in(arguments.folder.as_ref())?;
    let old = old_runs(runs, arguments.keep, arguments.unfinished);
    if old.is_empty() {
        if !verbosity.quiet {
            eprint("nothing to prune\n");
        }
        return Ok(ExitCode::SUCCESS);
    }
    print(&describe(&old))?;
    if arguments.dry_run {
        return Ok(ExitCode::SUCCESS);
    }
    if !arguments.yes && !confirmed(old.len())? {
        print("nothing was deleted\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let (count, mut freed) = (old.len(), 0);
    for candidate in old {
        candidate.run.remove()?;
        freed += candidate.bytes;
    }
    RunDirectory::remove_dangling_links(&folder)?;
    print(&format!(
        "deleted {}, {}\n",
        counted(count, "run"),
        size(freed)
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Returns all but the newest `keep` runs of each name, of the finished ones or, if `unfinished`, of all.
fn old_runs(runs: Vec<RunDirectory>, keep: usize, unfinished: bool) -> Vec<Candidate> {
    let mut names: BTreeMap<String, Vec<(String, RunDirectory, Entry)>> = BTreeMap::new();
    for run in runs {
        let entry = Entry::read(&run);
        let Some(known) = &entry.known else { continue };
        let done = known.recorded == Status::Finished || unfinished;
        if done && !known.in_use && entry.damage.is_none() && !is_pretrained(run.path()) {
            let of_name = names.entry(known.name.clone()).or_default();
            of_name.push((known.created.clone(), run, entry));
        }
    }
    let mut old = Vec::new();
    for of_name in names.values_mut() {
        // Of two runs created in the same second, the id decides.
        of_name.sort_by(|a, b| (&a.0, a.1.id()).cmp(&(&b.0, b.1.id())));
        let surplus = of_name.len().saturating_sub(keep);
        old.extend(of_name.drain(..surplus).map(|(_, run, entry)| Candidate {
            bytes: run.bytes(),
            run,
            entry,
        }));
    }
    old
}

fn is_pretrained(run: &Path) -> bool {
    let path = run.canonicalize().unwrap_or_else(|_| run.to_owned());
    let names: Vec<Component> = path.components().collect();
    names
        .windows(2)
        .any(|pair| pair[0].as_os_str() == ARTIFACTS && pair[1].as_os_str() == PRETRAINED)
}

fn describe(old: &[Candidate]) -> String {
    let row = |candidate: &Candidate| {
        let path = candidate.run.path().display().to_string();
        let created = candidate
            .entry
            .known
            .as_ref()
            .map(|known| known.created.clone());
        vec![
            path,
            candidate.entry.status.to_owned(),
            created.unwrap_or_default(),
            size(candidate.bytes),
        ]
    };
    let head = ["run", "status", "created", "size"]
        .map(str::to_owned)
        .to_vec();
    table(
        &std::iter::once(head)
            .chain(old.iter().map(row))
            .collect::<Vec<_>>(),
    )
}

/// Asks on the terminal whether to delete.
fn confirmed(count: usize) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        let what = "deleting runs needs a yes, and there is no terminal to ask on".to_owned();
        let remedy = "--yes deletes what is listed above; --dry-run only lists it";
        return Err(Failure::Usage(what, remedy.into()));
    }
    eprint(&format!("delete {}? [y/N] ", counted(count, "run")));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(Failure::Stream)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
