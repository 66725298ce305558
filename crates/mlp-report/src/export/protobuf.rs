//! Messages in the protobuf wire format: just what a writer of ONNX needs.
//!
//! Source: "Encoding", protobuf.dev. A field is a key (number and wire type) and its value; a message in a message
//! is a field of bytes.

/// A variable-length integer follows.
const VARINT: u64 = 0;
/// A length and so many bytes follow.
const LENGTH: u64 = 2;
/// Four bytes follow.
const FIXED32: u64 = 5;

/// A message that is being written.
#[derive(Clone, Debug, Default)]
pub struct Message(Vec<u8>);

impl Message {
    /// The fields so far.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// A whole number that is not negative.
    pub fn integer(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3 | VARINT);
        self.varint(value);
        self
    }

    /// A real number.
    pub fn float(mut self, field: u64, value: f32) -> Self {
        self.varint(field << 3 | FIXED32);
        self.0.extend(value.to_le_bytes());
        self
    }

    /// Bytes.
    pub fn bytes(mut self, field: u64, value: &[u8]) -> Self {
        self.varint(field << 3 | LENGTH);
        self.varint(value.len() as u64);
        self.0.extend(value);
        self
    }

    /// A text.
    pub fn text(self, field: u64, value: &str) -> Self {
        self.bytes(field, value.as_bytes())
    }

    /// A message in this one.
    pub fn message(self, field: u64, value: &Self) -> Self {
        self.bytes(field, &value.0)
    }

    /// Several of the same field.
    pub fn messages<'a>(self, field: u64, values: impl IntoIterator<Item = &'a Self>) -> Self {
        values
            .into_iter()
            .fold(self, |message, value| message.message(field, value))
    }

    /// Seven bits a byte, the lowest first; the highest bit says that more follow.
    #[allow(clippy::cast_possible_truncation)] // seven bits
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value & 0x7f) as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_encoded_as_the_documentation_of_protobuf_shows() {
        assert_eq!(
            Message::default().integer(1, 150).into_bytes(),
            [0x08, 0x96, 0x01]
        );
        let testing = Message::default().text(2, "testing").into_bytes();
        assert_eq!(testing, b"\x12\x07testing");
        let inner = Message::default().integer(1, 150);
        let outer = Message::default().message(3, &inner).into_bytes();
        assert_eq!(outer, [0x1a, 0x03, 0x08, 0x96, 0x01]);
        let float = Message::default().float(2, 1.0).into_bytes();
        assert_eq!(float, [0x15, 0, 0, 0x80, 0x3f]);
    }
}
