//! Which tensor is which.

use std::collections::BTreeMap;

use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

/// Weight and bias of a layer.
pub struct Pair<'a> {
    /// Its name in the file, without `weight` or `bias`.
    pub name: String,
    pub weight: TensorView<'a>,
    pub bias: TensorView<'a>,
}

/// The layers in the order of their numbers, which need not follow each other: between them are modules without
/// weights. A prefix is allowed if all have it, as in `net.0.weight`.
///
/// # Errors
/// What is wrong with the names.
pub fn layers<'a>(file: &SafeTensors<'a>) -> Result<Vec<Pair<'a>>, String> {
    let mut prefix: Option<&str> = None;
    let mut found: BTreeMap<u32, [Option<TensorView>; 2]> = BTreeMap::new();
    for (name, tensor) in file.iter() {
        let (stem, number, which) = parts(name)
            .ok_or_else(|| format!("the tensor `{name}` is not named like a layer of nn.Sequential, `0.weight` or `0.bias`"))?;
        if *prefix.get_or_insert(stem) != stem {
            return Err(format!(
                "the tensor `{name}` belongs to another module than the rest: one nn.Sequential is expected"
            ));
        }
        if found.entry(number).or_default()[which]
            .replace(tensor)
            .is_some()
        {
            return Err(format!("two tensors are called `{name}`"));
        }
    }
    if found.is_empty() {
        return Err("there are no tensors in it".to_owned());
    }
    let prefix = prefix.unwrap_or_default();
    let pair = |(number, [weight, bias]): (u32, [Option<TensorView<'a>>; 2])| {
        let name = format!("{prefix}{number}");
        match (weight, bias) {
            (Some(weight), Some(bias)) => Ok(Pair { name, weight, bias }),
            (Some(_), None) => Err(format!(
                "`{name}.weight` has no `{name}.bias` beside it; a layer without biases needs zeros there"
            )),
            (None, _) => Err(format!("`{name}.bias` has no `{name}.weight` beside it")),
        }
    };
    found.into_iter().map(pair).collect()
}

/// What comes before the layer's number, the number, and 0 for a weight or 1 for a bias.
fn parts(name: &str) -> Option<(&str, u32, usize)> {
    let (layer, what) = name.rsplit_once('.')?;
    let which = ["weight", "bias"].iter().position(|known| *known == what)?;
    let start = layer.rfind('.').map_or(0, |dot| dot + 1);
    let (prefix, number) = layer.split_at(start);
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    Some((prefix, number.parse().ok().filter(|_| plain)?, which))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(parts("0.weight"), Some(("", 0, 0)));
        assert_eq!(parts("net.layers.12.bias"), Some(("net.layers.", 12, 1)));
        for wrong in [
            "weight",
            "fc1.weight",
            "0.gamma",
            ".weight",
            "+1.weight",
            "0.weight.1",
        ] {
            assert_eq!(parts(wrong), None, "{wrong}");
        }
    }
}
