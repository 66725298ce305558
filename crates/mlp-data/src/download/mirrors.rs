//! One file from whichever mirror delivers it.

use std::path::Path;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::fetch::{self, Exchange, Head};
use super::partial::{LARGEST, PartialFile};
use super::{Progress, RemoteFile, Timeouts};
use crate::error::{DownloadError, FailedMirror, MirrorFailure};

/// The mirrors, and which of them to ask first.
pub(super) struct Mirrors<'a> {
    bases: Vec<&'a str>,
    timeouts: Timeouts,
    agent: Agent,
}

/// A file while it is being received.
struct Download<'a> {
    file: RemoteFile<'a>,
    partial: PartialFile,
    timeouts: Timeouts,
    agent: &'a Agent,
    progress: &'a mut dyn FnMut(Progress),
    last_byte: Instant,
}

/// Why an attempt ended: a mirror's failure leads to the next mirror, one of the disk to the caller.
enum Failure {
    Mirror(MirrorFailure),
    Disk(DownloadError),
}

impl From<MirrorFailure> for Failure {
    fn from(failure: MirrorFailure) -> Self {
        Self::Mirror(failure)
    }
}

impl From<DownloadError> for Failure {
    fn from(error: DownloadError) -> Self {
        Self::Disk(error)
    }
}

impl<'a> Mirrors<'a> {
    pub fn new(bases: &'a [String], timeouts: Timeouts) -> Self {
        let bases = bases.iter().map(String::as_str).collect();
        Self {
            bases,
            timeouts,
            agent: fetch::agent(timeouts.give_up),
        }
    }

    /// Puts a file into `folder`; the inner error holds what each mirror did wrong.
    ///
    /// All mirrors are asked again as long as the partial file has grown since the last time.
    pub fn download(
        &mut self,
        folder: &Path,
        file: RemoteFile,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Result<(), Vec<FailedMirror>>, DownloadError> {
        let mut partial = PartialFile::open(folder.join(format!("{}.part", file.name)))?;
        let name = folder.join(file.name);
        if partial.length() > 0 && partial.verify(file.sha256)?.is_ok() {
            return partial.finish(&name).map(Ok);
        }
        let (timeouts, agent) = (self.timeouts, &self.agent);
        let mut download = Download {
            file,
            partial,
            timeouts,
            agent,
            progress,
            last_byte: Instant::now(),
        };
        loop {
            let length = download.partial.length();
            let mut attempts = Vec::new();
            for (position, base) in self.bases.iter().enumerate() {
                let url = format!("{}/{}", base.trim_end_matches('/'), file.name);
                match download.receive_from(base, &url) {
                    Ok(()) => {
                        // The next file need not wait for the mirrors that have just failed.
                        self.bases.rotate_left(position);
                        return download.partial.finish(&name).map(Ok);
                    }
                    Err(Failure::Mirror(failure)) => attempts.push(FailedMirror { url, failure }),
                    Err(Failure::Disk(error)) => {
                        download.partial.leave();
                        return Err(error);
                    }
                }
            }
            if download.partial.length() <= length {
                download.partial.leave();
                return Ok(Err(attempts));
            }
        }
    }
}

impl Download<'_> {
    /// Receives and verifies the file, from its beginning if what was there does not fit the rest.
    fn receive_from(&mut self, base: &str, url: &str) -> Result<(), Failure> {
        loop {
            let resumed = self.partial.length() > 0;
            match self.attempt(base, url) {
                Err(Failure::Mirror(failure)) if failure.spoils_partial_file() => {
                    self.partial.clear()?;
                    if !resumed {
                        return Err(failure.into());
                    }
                }
                outcome => return outcome,
            }
        }
    }

    fn attempt(&mut self, base: &str, url: &str) -> Result<(), Failure> {
        let offset = self.partial.length();
        let waited = self.patience(self.timeouts.connect)?;
        let exchange =
            fetch::get(self.agent, url, offset).map_err(|error| request_failed(error.into()))?;
        let head = match exchange.head.recv_timeout(waited) {
            Ok(head) => head.map_err(request_failed)?,
            Err(_) => return Err(MirrorFailure::NoAnswer(waited).into()),
        };
        match head {
            Head { status: 200, .. } => self.partial.clear()?,
            Head {
                status: 206, start, ..
            } if start == Some(offset) => {}
            Head {
                status: 206 | 416, ..
            } => return Err(MirrorFailure::Range(offset).into()),
            Head { status, .. } => return Err(MirrorFailure::Status(status).into()),
        }
        self.receive_body(base, head.total, &exchange)?;
        Ok(self.partial.verify(self.file.sha256)??)
    }

    fn receive_body(
        &mut self,
        base: &str,
        total: Option<u64>,
        exchange: &Exchange,
    ) -> Result<(), Failure> {
        loop {
            let received = self.partial.length();
            if received.max(total.unwrap_or(0)) > LARGEST {
                return Err(MirrorFailure::TooLarge(LARGEST).into());
            }
            (self.progress)(Progress {
                file: self.file.name,
                received,
                total,
                mirror: base,
            });
            let waited = self.patience(self.timeouts.stall)?;
            match exchange.body.recv_timeout(waited) {
                Ok(Ok(chunk)) => {
                    self.last_byte = Instant::now();
                    self.partial.append(&chunk)?;
                }
                Ok(Err(source)) => return Err(MirrorFailure::Dropped { received, source }.into()),
                Err(RecvTimeoutError::Timeout) => {
                    return Err(MirrorFailure::Stalled { waited, received }.into());
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    }

    /// The time to wait now: `limit`, or what is left of the time without progress.
    fn patience(&self, limit: Duration) -> Result<Duration, MirrorFailure> {
        let left = self
            .timeouts
            .give_up
            .saturating_sub(self.last_byte.elapsed());
        if left.is_zero() {
            return Err(MirrorFailure::OutOfTime(self.timeouts.give_up));
        }
        Ok(limit.min(left))
    }
}

fn request_failed(error: ureq::Error) -> MirrorFailure {
    MirrorFailure::Request(Box::new(error))
}
