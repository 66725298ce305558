//! The order of layers that are attributes of a module, such as `fc1`, `fc2` and `out`: told by their shapes.

use std::collections::BTreeMap;

use super::names::Pair;

/// What a search may try: far more than networks need whose layers differ.
const MOST_TRIES: usize = 100_000;

/// Puts layers into the one order in which each takes what the one before gives, and in which those of one name follow
/// their numbers.
///
/// # Errors
/// If there is no such order, or more than one.
pub fn ordered(layers: Vec<Pair<'_>>) -> Result<Vec<Pair<'_>>, String> {
    if layers.iter().any(|layer| layer.weight.shape().len() != 2) {
        return Ok(layers); // no Linear layers: the shapes are told wrong one by one
    }
    let mut search = Search {
        layers: layers.iter().map(Layer::of).collect(),
        taken: Vec::new(),
        found: Vec::new(),
        tries: 0,
    };
    search.go_on();
    if search.tries > MOST_TRIES {
        return Err("its layers fit in too many orders to try them: number them".to_owned());
    }
    let order = match &search.found[..] {
        [order] => order.clone(),
        [] => {
            return Err(
                "its layers fit in no order: none in which each takes what the one before gives"
                    .to_owned(),
            );
        }
        [one, other, ..] => {
            let differs = one.iter().zip(other).find(|(one, other)| one != other);
            let (&one, &other) = differs.unwrap_or((&0, &0)); // two orders differ somewhere
            return Err(format!(
                "its layers fit in more than one order: `{}` or `{}` may come first",
                layers[one].name, layers[other].name
            ));
        }
    };
    let mut layers: BTreeMap<usize, Pair> = layers.into_iter().enumerate().collect();
    Ok(order
        .iter()
        .filter_map(|index| layers.remove(index))
        .collect())
}

/// What tells the place of a layer.
struct Layer {
    inputs: usize,
    outputs: usize,
    /// Its name without the number at its end.
    stem: String,
    number: Option<u64>,
}

impl Layer {
    fn of(pair: &Pair) -> Self {
        let stem = pair.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let side = |axis| pair.weight.shape().get(axis).copied().unwrap_or(0);
        Self {
            inputs: side(1),
            outputs: side(0),
            number: pair.name[stem.len()..].parse().ok(),
            stem: stem.to_owned(),
        }
    }

    /// Whether it comes before another of its name.
    fn precedes(&self, other: &Self) -> bool {
        self.stem == other.stem && self.number.is_some() && self.number < other.number
    }
}

struct Search {
    layers: Vec<Layer>,
    taken: Vec<usize>,
    /// Whole orders; two are enough.
    found: Vec<Vec<usize>>,
    tries: usize,
}

impl Search {
    fn go_on(&mut self) {
        self.tries += 1;
        if self.found.len() > 1 || self.tries > MOST_TRIES {
            return;
        }
        if self.taken.len() == self.layers.len() {
            return self.found.push(self.taken.clone());
        }
        for next in 0..self.layers.len() {
            if self.may_follow(next) {
                self.taken.push(next);
                self.go_on();
                self.taken.pop();
            }
        }
    }

    fn may_follow(&self, next: usize) -> bool {
        let layer = &self.layers[next];
        let fits = self
            .taken
            .last()
            .is_none_or(|&last| self.layers[last].outputs == layer.inputs);
        let is_left = |other: &usize| !self.taken.contains(other);
        let mut left = (0..self.layers.len()).filter(is_left);
        fits && is_left(&next) && !left.any(|other| self.layers[other].precedes(layer))
    }
}
