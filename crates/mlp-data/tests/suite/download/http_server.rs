//! An HTTP server on this machine that misbehaves on demand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// What the server does once it has read a request.
#[derive(Clone, Debug)]
pub struct Reply {
    head: String,
    body: Vec<u8>,
    pause: Duration,
    pieces: usize,
    ending: Ending,
}

/// What follows the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The connection is closed.
    Close,
    /// Nothing, until the client goes away.
    Stall,
}

impl Reply {
    /// A status and headers, then a body.
    pub fn new(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
        Self {
            head,
            body: body.to_vec(),
            pause: Duration::ZERO,
            pieces: 1,
            ending: Ending::Close,
        }
    }

    /// A status without a body.
    pub fn status(status: &str) -> Self {
        Self::new(status, "Content-Length: 0\r\n", b"")
    }

    /// The whole content.
    pub fn whole(content: &[u8]) -> Self {
        Self::new(
            "200 OK",
            &format!("Content-Length: {}\r\n", content.len()),
            content,
        )
    }

    /// A temporary redirect.
    pub fn redirect(target: &str) -> Self {
        Self::new(
            "302 Found",
            &format!("Location: {target}\r\nContent-Length: 0\r\n"),
            b"",
        )
    }

    /// Not a byte.
    pub fn silence() -> Self {
        Self {
            head: String::new(),
            ..Self::status("")
        }
        .ending(Ending::Stall)
    }

    /// Only the first `length` bytes of the body; the header still promises all.
    pub fn cut(mut self, length: usize, ending: Ending) -> Self {
        self.body.truncate(length);
        self.ending(ending)
    }

    /// The body in pieces, a pause before each.
    pub fn slowly(self, pieces: usize, pause: Duration) -> Self {
        Self {
            pause,
            pieces,
            ..self
        }
    }

    fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    fn send(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.write_all(self.head.as_bytes())?;
        for piece in self
            .body
            .chunks(self.body.len().div_ceil(self.pieces).max(1))
        {
            thread::sleep(self.pause);
            stream.write_all(piece)?;
        }
        if self.ending == Ending::Stall {
            stream.read_to_end(&mut Vec::new())?;
        }
        Ok(())
    }
}

/// A server that lives as long as the test process.
pub struct Server {
    /// `http://127.0.0.1:PORT/`
    pub url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server that answers each request with what `reply` makes.
    pub fn start(reply: impl Fn() -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, reply) = (Arc::clone(&requests), Arc::new(reply));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, reply) = (Arc::clone(&log), Arc::clone(&reply));
                thread::spawn(move || {
                    let Some(request) = read_request(&stream) else {
                        return;
                    };
                    log.lock().unwrap().push(request);
                    // A client that goes away in the middle is part of the tests.
                    let _ = reply().send(stream);
                });
            }
        });
        Self { url, requests }
    }

    /// Method and target of the requests so far: `GET /file`.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn read_request(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next()?.rsplit_once(' ')?.0.to_owned();
    lines.find(String::is_empty)?; // the end of the header
    Some(request)
}
