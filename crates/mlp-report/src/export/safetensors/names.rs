//! Which tensor is which.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

use super::order::ordered;

/// Weight and bias of a layer.
pub struct Pair<'a> {
    /// Its name in the file, without `weight` or `bias`.
    pub name: String,
    pub weight: TensorView<'a>,
    pub bias: TensorView<'a>,
}

/// The layers of one `nn.Sequential` in the order of their numbers, which need not follow each other: between them are
/// modules without weights. A prefix is allowed if all have it, as in `net.0.weight`. Those of a module with names of its
/// own are ordered by their shapes.
///
/// # Errors
/// What is wrong with the names, or with the shapes.
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

/// The layer, and 0 for a weight or 1 for a bias. A layer of `nn.Sequential` is what comes before its number, and that;
/// another is its name.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
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
