//! Downloads files from the first mirror that delivers them.
//!
//! A file is received into memory, verified, and only then written, by an [`AtomicFile`]: what carries the final
//! name is complete and right, and a failing disk is never blamed on a mirror. The checksums are those of the
//! uncompressed content, so that a mirror may compress as it likes.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::net::IpAddr;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use flate2::read::MultiGzDecoder;
use ureq::http::Uri;
use ureq::http::header::ACCEPT_ENCODING;
use ureq::http::uri::Scheme;
use ureq::typestate::WithoutBody;
use ureq::{Agent, RequestBuilder};

use super::{DownloadError, FailedMirror, MirrorFailure, Progress};
use crate::atomic_file::AtomicFile;
use crate::fingerprint::sha256_reader;

/// Bytes that no wanted file exceeds, compressed or not (MNIST's largest has 47,040,016).
const MAX_BYTES: u64 = 64 << 20;
/// Bytes read at once, and messages that may wait for the caller.
const CHUNK: usize = 1 << 16;
const MAX_WAITING: usize = 4;

/// A gzip file that every mirror has under its base URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemoteFile<'a> {
    /// File name, at the mirror and on disk.
    pub name: &'a str,
    /// SHA-256 of the uncompressed content, in lower-case hexadecimal.
    pub sha256: &'a str,
}

/// How long to wait for the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the request to its response header, with name lookup, proxy, redirects and TLS.
    pub connect: Duration,
    /// Between two reads of a body.
    pub stall: Duration,
    /// Without a byte of a file, over all mirrors together.
    pub give_up: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(4),
            stall: Duration::from_secs(4),
            give_up: Duration::from_secs(10),
        }
    }
}

/// Downloads `files` into `folder`, which is created. A file that exists and is right is left alone; one that
/// is wrong is replaced. Each of the `mirrors` (base URLs) is asked once for a file.
///
/// `ALL_PROXY`, `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` are honoured, but never for this machine itself.
/// An `https` mirror may redirect to `https` only.
///
/// # Errors
/// [`DownloadError::Mirrors`] if no mirror delivered a file, [`DownloadError::Disk`] at once if the disk refuses.
pub fn fetch_files(
    folder: &Path,
    mirrors: &[String],
    files: &[RemoteFile],
    timeouts: Timeouts,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), DownloadError> {
    fs::create_dir_all(folder).map_err(disk("create", folder))?;
    let agent = agent(timeouts.give_up);
    let mut mirrors: Vec<&str> = mirrors.iter().map(String::as_str).collect();
    for file in files {
        let path = folder.join(file.name);
        if is_verified(&path, file.sha256)? {
            continue;
        }
        // A folder that refuses is reported before any request. The file is not kept open meanwhile: an
        // interrupted download would leave it behind.
        drop(AtomicFile::create(&path).map_err(disk("write", &path))?);
        let mut download = Download {
            agent: &agent,
            file: *file,
            timeouts,
            last_byte: Instant::now(),
            progress,
        };
        let mut attempts = Vec::new();
        let content = mirrors.iter().enumerate().find_map(|(position, mirror)| {
            let url = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
            match download.receive(mirror, &url) {
                Ok(content) => Some((position, content)),
                Err(failure) => {
                    attempts.push(FailedMirror { url, failure });
                    None
                }
            }
        });
        let Some((position, content)) = content else {
            return Err(DownloadError::Mirrors {
                file: file.name.to_owned(),
                folder: folder.to_owned(),
                wanted: files.iter().map(|file| file.name.to_owned()).collect(),
                attempts,
            });
        };
        // The next file need not wait for the mirrors that have just failed.
        mirrors.rotate_left(position);
        write(&path, &content).map_err(disk("write", &path))?;
    }
    Ok(())
}

/// A file while mirrors are asked for it.
struct Download<'a> {
    agent: &'a Agent,
    file: RemoteFile<'a>,
    timeouts: Timeouts,
    last_byte: Instant,
    progress: &'a mut dyn FnMut(Progress),
}

impl Download<'_> {
    /// Receives and verifies the file.
    fn receive(&mut self, mirror: &str, url: &str) -> Result<Vec<u8>, MirrorFailure> {
        let mut content = Vec::new();
        let mut total = None;
        let mut limit = self.timeouts.connect;
        let mut is_answered = false;
        self.patience(limit)?; // no request that there is no time for
        let messages = send(self.agent, url).map_err(|error| request_failed(error.into()))?;
        loop {
            let waited = self.patience(limit)?;
            let received = content.len() as u64;
            match messages.recv_timeout(waited) {
                Ok(Ok(Message::Answer { length })) => {
                    (total, limit, is_answered) = (length, self.timeouts.stall, true);
                }
                Ok(Ok(Message::Chunk(chunk))) => {
                    self.last_byte = Instant::now();
                    content.extend(chunk);
                }
                Ok(Err(failure)) => return Err(failure),
                Err(RecvTimeoutError::Timeout) if is_answered => {
                    return Err(MirrorFailure::Stalled { waited, received });
                }
                Err(RecvTimeoutError::Timeout) => return Err(MirrorFailure::NoAnswer(waited)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
            let received = content.len() as u64;
            if received.max(total.unwrap_or(0)) > MAX_BYTES {
                return Err(MirrorFailure::TooLarge(MAX_BYTES));
            }
            (self.progress)(Progress {
                file: self.file.name,
                received,
                total,
                mirror,
            });
        }
        verify(&content, self.file.sha256)?;
        Ok(content)
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

/// What a request brings, in this order; the channel closes at the end of the body.
enum Message {
    /// The response header, with the length of the body if it names one.
    Answer {
        length: Option<u64>,
    },
    Chunk(Vec<u8>),
}

/// Sends a request from a thread of its own, so that the caller's clock covers name lookup, proxy, redirects, TLS
/// and body alike, whichever of them hangs. Dropping the receiver abandons the request.
fn send(agent: &Agent, url: &str) -> io::Result<Receiver<Result<Message, MirrorFailure>>> {
    let request = request(agent, url);
    let (sender, receiver) = sync_channel(MAX_WAITING);
    thread::Builder::new()
        .name("download".to_owned())
        .spawn(move || {
            if let Err(failure) = exchange(request, &sender) {
                let _ = sender.send(Err(failure)); // the caller may have given up
            }
        })?;
    Ok(receiver)
}

/// Makes a request and passes on what comes, until the end or until the caller has given up.
fn exchange(
    request: RequestBuilder<WithoutBody>,
    sender: &SyncSender<Result<Message, MirrorFailure>>,
) -> Result<(), MirrorFailure> {
    let response = request.call().map_err(request_failed)?;
    if response.status() != 200 {
        return Err(MirrorFailure::Status(response.status().as_u16()));
    }
    let body = response.into_body();
    let mut message = Message::Answer {
        length: body.content_length(),
    };
    let mut body = body.into_reader();
    let mut received = 0;
    while sender.send(Ok(message)).is_ok() {
        let mut chunk = vec![0; CHUNK];
        let count = body
            .read(&mut chunk)
            .map_err(|source| MirrorFailure::Dropped { received, source })?;
        if count == 0 {
            break;
        }
        received += count as u64;
        chunk.truncate(count);
        message = Message::Chunk(chunk);
    }
    Ok(())
}

/// Returns an HTTP client whose abandoned requests end by themselves after `patience`.
fn agent(patience: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .timeout_resolve(Some(patience))
        .timeout_connect(Some(patience))
        .timeout_send_request(Some(patience))
        .timeout_recv_response(Some(patience))
        .timeout_per_read(Some(patience))
        .build()
        .into()
}

fn request(agent: &Agent, url: &str) -> RequestBuilder<WithoutBody> {
    let request = agent.get(url).header(ACCEPT_ENCODING, "identity");
    // A URL that cannot be parsed is reported by the call.
    let Ok(uri) = url.parse::<Uri>() else {
        return request;
    };
    let mut config = request
        .config()
        .https_only(uri.scheme() == Some(&Scheme::HTTPS));
    if is_loopback(&uri) {
        config = config.proxy(None);
    }
    config.build()
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

fn request_failed(error: ureq::Error) -> MirrorFailure {
    MirrorFailure::Request(Box::new(error))
}

/// Whether a file exists and has the right content.
fn is_verified(path: &Path, sha256: &str) -> Result<bool, DownloadError> {
    let mut content = Vec::new();
    // Of a file that is too large, enough to tell that it is wrong.
    match File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut content)) {
        Ok(_) => Ok(verify(&content, sha256).is_ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(disk("read", path)(error)),
    }
}

/// Checks the SHA-256 of what a gzip file holds.
fn verify(gzip: &[u8], expected: &str) -> Result<(), MirrorFailure> {
    // The limit keeps a small file that expands without end from costing more than a right one.
    let content = MultiGzDecoder::new(gzip).take(MAX_BYTES);
    let found = sha256_reader(content).map_err(MirrorFailure::Gzip)?;
    if found == expected {
        return Ok(());
    }
    Err(MirrorFailure::Content {
        expected: expected.to_owned(),
        found,
    })
}

fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = AtomicFile::create(path)?;
    file.write_all(content)?;
    file.commit()
}

/// Turns an I/O error into one that names what was done to which path.
fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> DownloadError {
    move |source| DownloadError::Disk {
        action,
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        for (url, expected) in [
            ("http://127.0.0.1:80/", true),
            ("http://[::1]:8080/x", true),
            ("http://localhost/", true),
            ("http://128.0.0.1/", false),
            ("https://localhost.example.org/", false),
        ] {
            assert_eq!(is_loopback(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
