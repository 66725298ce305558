//! One HTTP request, watched from outside.
//!
//! It runs in a thread of its own and hands over what it gets, so that the caller's clock covers name
//! lookup, proxy, redirects, TLS and body alike, whichever of them hangs.

use std::io::{self, Read};
use std::net::IpAddr;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

use ureq::http::Uri;
use ureq::http::header::{ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HeaderName, RANGE};
use ureq::http::uri::Scheme;
use ureq::{Agent, Body, RequestBuilder};

/// Bytes read at once, and chunks read ahead of the disk.
const CHUNK: usize = 1 << 16;
const CHUNKS_AHEAD: usize = 4;

/// A request on its way. Dropping it abandons the request.
pub(super) struct Exchange {
    /// Gives one message: the response header, or why there is none.
    pub head: Receiver<Result<Head, ureq::Error>>,
    /// Gives the body in order and closes at its end.
    pub body: Receiver<io::Result<Vec<u8>>>,
}

/// What a response header says about the body.
pub(super) struct Head {
    /// HTTP status.
    pub status: u16,
    /// Position in the file at which the body starts; `None` if the header is unclear about it.
    pub start: Option<u64>,
    /// Bytes of the whole file, if known.
    pub total: Option<u64>,
}

/// An HTTP client whose abandoned requests end by themselves after `patience`.
pub(super) fn agent(patience: Duration) -> Agent {
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

/// Asks for a file from byte `offset` on.
pub(super) fn get(agent: &Agent, url: &str, offset: u64) -> io::Result<Exchange> {
    let request = request(agent, url, offset);
    let (head_sender, head) = sync_channel(1);
    let (body_sender, body) = sync_channel(CHUNKS_AHEAD);
    // A failed send means that the exchange was dropped: nobody is left to be told.
    thread::Builder::new()
        .name("download".to_owned())
        .spawn(move || match request.call() {
            Ok(response) => {
                if head_sender.send(Ok(Head::of(&response))).is_ok() {
                    read(response.into_body(), |chunk| {
                        body_sender.send(chunk).is_ok()
                    });
                }
            }
            Err(error) => drop(head_sender.send(Err(error))),
        })?;
    Ok(Exchange { head, body })
}

fn request(agent: &Agent, url: &str, offset: u64) -> RequestBuilder<ureq::typestate::WithoutBody> {
    let mut request = agent.get(url).header(ACCEPT_ENCODING, "identity");
    if offset > 0 {
        request = request.header(RANGE, format!("bytes={offset}-"));
    }
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

/// Reads a body to its end or first error, or until nobody takes it.
fn read(body: Body, mut hand_over: impl FnMut(io::Result<Vec<u8>>) -> bool) {
    let mut reader = body.into_reader();
    loop {
        let mut chunk = vec![0; CHUNK];
        let chunk = match reader.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => {
                chunk.truncate(count);
                Ok(chunk)
            }
            Err(error) => Err(error),
        };
        let failed = chunk.is_err();
        if !hand_over(chunk) || failed {
            return;
        }
    }
}

fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

impl Head {
    fn of(response: &ureq::http::Response<Body>) -> Self {
        let status = response.status().as_u16();
        let value = |name: HeaderName| response.headers().get(name)?.to_str().ok();
        if status != 206 {
            let total = value(CONTENT_LENGTH).and_then(|length| length.parse().ok());
            return Self {
                status,
                start: Some(0),
                total,
            };
        }
        let (start, total) = value(CONTENT_RANGE).map_or((None, None), content_range);
        Self {
            status,
            start,
            total,
        }
    }
}

/// First byte and whole length of `bytes 5-9/10`; the length may be `*`.
fn content_range(value: &str) -> (Option<u64>, Option<u64>) {
    let range = value.strip_prefix("bytes ").unwrap_or_default();
    let (span, total) = range.split_once('/').unwrap_or((range, "*"));
    let start = span
        .split_once('-')
        .and_then(|(start, _)| start.parse().ok());
    (start, total.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_range_gives_start_and_length_or_nothing() {
        assert_eq!(content_range("bytes 5-9/10"), (Some(5), Some(10)));
        assert_eq!(content_range("bytes 5-9/*"), (Some(5), None));
        assert_eq!(content_range("bytes */10"), (None, Some(10)));
        assert_eq!(content_range("lines 5-9/10"), (None, None));
    }

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
