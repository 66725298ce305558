//! From the tensors of a file to layers in their order: by numbers in their names, otherwise by their shapes.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// Maximum number of steps of the search for an order: far more than networks need whose layers differ.
const MAX_TRIES: usize = 100_000;

/// Weight and bias of a layer.
pub struct Pair<'a> {
    /// Name of the layer in the file, without `weight` or `bias`.
    pub name: String,
    pub weight: TensorView<'a>,
    pub bias: TensorView<'a>,
}

/// Returns the layers of a file. Those of an `nn.Sequential` are in the order of their numbers, which need not be
/// consecutive: between them are modules without weights. A prefix is allowed if all names have it, as in
/// `net.0.weight`. Layers with other names are ordered by their shapes.
///
/// # Errors
/// What is wrong with the names or the shapes.
pub fn layers<'a>(file: &SafeTensors<'a>) -> Result<Vec<Pair<'a>>, String> {
    let mut tensors: Vec<(&str, TensorView)> = file.iter().collect();
    tensors.sort_by_key(|(name, _)| *name);
    let mut found: BTreeMap<(&str, Option<u32>), [Option<TensorView>; 2]> = BTreeMap::new();
    for (name, tensor) in tensors {
        let (layer, which) = parts(name)
            .ok_or_else(|| format!("the tensor `{name}` is no weight and no bias of a layer"))?;
        if found.entry(layer).or_default()[which]
            .replace(tensor)
            .is_some()
        {
            return Err(format!("two tensors are called `{name}`"));
        }
    }
    let Some(((prefix, _), _)) = found.first_key_value() else {
        return Err("there are no tensors in it".to_owned());
    };
    let is_sequential = found
        .keys()
        .all(|(other, number)| other == prefix && number.is_some());
    let pair = |((stem, number), [weight, bias]): (
        (&str, Option<u32>),
        [Option<TensorView<'a>>; 2],
    )| {
        let name = number.map_or_else(|| stem.to_owned(), |number| format!("{stem}{number}"));
        match (weight, bias) {
            (Some(weight), Some(bias)) => Ok(Pair { name, weight, bias }),
            (Some(_), None) => Err(format!(
                "`{name}.weight` has no `{name}.bias` beside it; a layer without biases needs zeros there"
            )),
            (None, _) => Err(format!("`{name}.bias` has no `{name}.weight` beside it")),
        }
    };
    let layers: Vec<Pair> = found.into_iter().map(pair).collect::<Result<_, _>>()?;
    if is_sequential {
        Ok(layers)
    } else {
        ordered(layers)
    }
}

/// Splits the name of a tensor into its layer and 0 for a weight or 1 for a bias. A layer of an `nn.Sequential` is a
/// prefix and a number, any other layer a name.
fn parts(name: &str) -> Option<((&str, Option<u32>), usize)> {
    let (layer, what) = name.rsplit_once('.')?;
    let which = ["weight", "bias"].iter().position(|known| *known == what)?;
    let start = layer.rfind('.').map_or(0, |dot| dot + 1);
    let (prefix, last) = layer.split_at(start);
    let is_plain = last.bytes().all(|byte| byte.is_ascii_digit());
    match last.parse().ok().filter(|_| is_plain) {
        Some(number) => Some(((prefix, Some(number)), which)),
        None if last.is_empty() => None,
        None => Some(((layer, None), which)),
    }
}

/// Puts layers into the one order in which the inputs of each are the outputs of the one before, and in which layers
/// of the same name follow their numbers.
///
/// # Errors
/// If there is no such order, or more than one.
fn ordered(layers: Vec<Pair<'_>>) -> Result<Vec<Pair<'_>>, String> {
    if layers.iter().any(|layer| layer.weight.shape().len() != 2) {
        return Ok(layers); // not Linear layers; the check of the shapes reports which
    }
    let mut search = Search {
        layers: layers.iter().map(Layer::of).collect(),
        taken: Vec::new(),
        found: Vec::new(),
        tries: 0,
    };
    search.extend();
    if search.tries > MAX_TRIES {
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

/// What determines the position of a layer.
struct Layer {
    inputs: usize,
    outputs: usize,
    /// Name of the layer without the number at its end.
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

    /// Returns whether it must come before another layer, because both have the same stem.
    fn precedes(&self, other: &Self) -> bool {
        self.stem == other.stem && self.number.is_some() && self.number < other.number
    }
}

/// A depth-first search for orders of all layers.
struct Search {
    layers: Vec<Layer>,
    taken: Vec<usize>,
    /// Complete orders; the search ends at two.
    found: Vec<Vec<usize>>,
    tries: usize,
}

impl Search {
    fn extend(&mut self) {
        self.tries += 1;
        if self.found.len() > 1 || self.tries > MAX_TRIES {
            return;
        }
        if self.taken.len() == self.layers.len() {
            return self.found.push(self.taken.clone());
        }
        for next in 0..self.layers.len() {
            if self.may_follow(next) {
                self.taken.push(next);
                self.extend();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split() {
        assert_eq!(parts("0.weight"), Some((("", Some(0)), 0)));
        assert_eq!(
            parts("net.layers.12.bias"),
            Some((("net.layers.", Some(12)), 1))
        );
        assert_eq!(parts("net.fc1.weight"), Some((("net.fc1", None), 0)));
        for wrong in ["weight", "0.gamma", ".weight", "0.weight.1"] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
