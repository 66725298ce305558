//! How much a client may ask for, and for how long.

use std::time::Duration;

/// Bounds that keep the server answering whatever clients do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body_bytes: usize,
    /// Rows of a request, as far as they fit into its body; see [`Self::rows_of`].
    pub rows: usize,
    /// Pixels of an image.
    pub pixels: u64,
    /// For the head of a request; also how long a connection may wait for its next request.
    pub header_timeout: Duration,
    /// For the body of a request, and for each part of an answer that a client is slow to take.
    pub body_timeout: Duration,
    /// Requests that wait for the network.
    pub queue: usize,
    /// Connections open at the same time.
    pub connections: usize,
    /// For what has been accepted, once the server is to stop.
    pub grace: Duration,
}

impl Limits {
    /// Rows of so many features that a request may have: as many as fit into its body where numbers are short, as those
    /// of pixels are.
    #[must_use]
    pub fn rows_of(&self, features: usize) -> usize {
        // Three digits, a point or a sign, a comma and a space; and the brackets of a row.
        const BYTES_OF_A_NUMBER: usize = 6;
        const BRACKETS: usize = 4;
        let row = features
            .saturating_mul(BYTES_OF_A_NUMBER)
            .saturating_add(BRACKETS);
        (self.body_bytes / row).clamp(1, self.rows.max(1))
    }

    /// Bytes of all bodies and the rows in them that are held at the same time.
    #[must_use]
    pub const fn all_body_bytes(&self) -> usize {
        const BODIES: usize = 16;
        self.body_bytes.saturating_mul(BODIES)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            rows: 10_000,
            pixels: 25_000_000,
            header_timeout: Duration::from_secs(30),
            body_timeout: Duration::from_secs(30),
            queue: 1024,
            connections: 4096,
            grace: Duration::from_secs(10),
        }
    }
}
