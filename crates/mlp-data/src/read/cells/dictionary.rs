//! Numbers texts in the order of their appearance.

use std::hash::{BuildHasher, RandomState};

/// Places of an empty table.
const MIN_PLACES: usize = 16;

/// Different texts, each with a number: 0, 1, ….
#[derive(Clone, Debug)]
pub struct Dictionary {
    /// All texts, one behind the other.
    bytes: Vec<u8>,
    /// Where each text ends in `bytes`.
    ends: Vec<usize>,
    hashes: Vec<u32>,
    /// For each place of a hash table with open addressing, the number of a text plus 1; 0 if it is free.
    places: Vec<u32>,
    seed: u64,
}

impl Default for Dictionary {
    fn default() -> Self {
        Self {
            bytes: Vec::new(),
            ends: Vec::new(),
            hashes: Vec::new(),
            places: vec![0; MIN_PLACES],
            // Unknown to who wrote the file, so that no file makes many texts share a place.
            seed: RandomState::new().hash_one(0) | 1,
        }
    }
}

impl Dictionary {
    /// Number of texts.
    pub const fn len(&self) -> usize {
        self.ends.len()
    }

    /// Number of bytes of all texts together.
    pub const fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Returns a text by its number.
    pub fn get(&self, number: usize) -> &[u8] {
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.bytes[begin..self.ends[number]]
    }

    /// Returns all texts in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|number| self.get(number))
    }

    /// Returns the number of a text, if it has one.
    #[inline]
    pub fn find(&self, text: &[u8]) -> Option<u32> {
        self.place(text, self.hash(text)).ok()
    }

    /// Returns the number of a text, which gets the next one if it has none.
    #[inline]
    pub fn insert(&mut self, text: &[u8]) -> u32 {
        let hash = self.hash(text);
        match self.place(text, hash) {
            Ok(number) => number,
            Err(place) => self.append(text, hash, place),
        }
    }

    #[cold]
    fn append(&mut self, text: &[u8], hash: u32, place: usize) -> u32 {
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len());
        self.hashes.push(hash);
        // Memory holds fewer texts than 32 bits count.
        let number = self.len() as u32;
        self.places[place] = number;
        if 2 * self.len() > self.places.len() {
            self.grow();
        }
        number - 1
    }

    fn grow(&mut self) {
        let mask = 2 * self.places.len() - 1;
        let mut places = vec![0; mask + 1];
        for (number, &hash) in (1..).zip(&self.hashes) {
            let mut place = hash as usize & mask;
            while places[place] != 0 {
                place = (place + 1) & mask;
            }
            places[place] = number;
        }
        self.places = places;
    }

    /// Returns the number of a text, or the free place where it belongs.
    #[inline]
    fn place(&self, text: &[u8], hash: u32) -> Result<u32, usize> {
        let mask = self.places.len() - 1;
        let mut place = hash as usize & mask;
        loop {
            let Some(number) = self.places[place].checked_sub(1) else {
                return Err(place);
            };
            if self.hashes[number as usize] == hash && self.get(number as usize) == text {
                return Ok(number);
            }
            place = (place + 1) & mask;
        }
    }

    /// Mixes eight bytes at a time by a multiplication whose halves are folded.
    #[inline]
    fn hash(&self, text: &[u8]) -> u32 {
        const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
        let fold = |hash: u64, word: u64| {
            let product = u128::from(hash ^ word ^ FACTOR) * u128::from(self.seed);
            product as u64 ^ (product >> 64) as u64
        };
        let mut hash = fold(self.seed, text.len() as u64);
        let (words, rest) = text.as_chunks::<8>();
        for word in words {
            hash = fold(hash, u64::from_le_bytes(*word));
        }
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        hash = fold(hash, u64::from_le_bytes(last));
        (hash >> 32) as u32 ^ hash as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_keeps_its_number() {
        let mut texts = Dictionary::default();
        let text = |number: u32| "x".repeat(number as usize % 19) + &number.to_string();
        for number in 0..5000 {
            assert_eq!(texts.find(text(number).as_bytes()), None);
            assert_eq!(texts.insert(text(number).as_bytes()), number);
            assert_eq!(texts.insert(text(number / 2).as_bytes()), number / 2);
        }
        assert_eq!(texts.len(), 5000);
        for (number, found) in (0..).zip(texts.iter()) {
            assert_eq!(found, text(number).as_bytes());
            assert_eq!(texts.find(found), Some(number));
        }
    }
}
