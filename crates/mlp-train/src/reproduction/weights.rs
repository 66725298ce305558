//! Bitwise comparison of the weights and biases of two networks.

use serde::Serialize;

use mlp_core::network::Layer;

/// Comparison of the weights and biases of two networks with the same layers.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WeightComparison {
    /// Whether all values are equal bit for bit.
    pub equal: bool,
    /// Total number of values.
    pub values: usize,
    /// Number of values that differ.
    pub different: usize,
    /// Weights and biases of each layer, from the input layer on.
    pub parameters: Vec<ParameterComparison>,
}

/// Comparison of one parameter tensor.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ParameterComparison {
    /// Layer, counted from 1.
    pub layer: usize,
    /// `weight` or `bias`.
    pub parameter: &'static str,
    /// Number of values.
    pub values: usize,
    /// Number of values that differ.
    pub different: usize,
    /// Largest absolute difference; 0 if the tensors are equal.
    pub largest_difference: f64,
}

impl WeightComparison {
    /// Compares two networks layer by layer. Both must have the same layer sizes.
    #[must_use]
    pub fn between(one: &[Layer], other: &[Layer]) -> Self {
        let parameters: Vec<ParameterComparison> = (1..)
            .zip(one.iter().zip(other))
            .flat_map(|(layer, (one, other))| {
                [
                    ParameterComparison::of(layer, "weight", &one.weight, &other.weight),
                    ParameterComparison::of(layer, "bias", &one.bias, &other.bias),
                ]
            })
            .collect();
        let different = parameters.iter().map(|parameter| parameter.different).sum();
        Self {
            equal: different == 0,
            values: parameters.iter().map(|parameter| parameter.values).sum(),
            different,
            parameters,
        }
    }

    /// Returns the tensor with the largest difference; `None` if all are equal.
    #[must_use]
    pub fn furthest(&self) -> Option<&ParameterComparison> {
        let different = self
            .parameters
            .iter()
            .filter(|parameter| parameter.different > 0);
        different.max_by(|a, b| a.largest_difference.total_cmp(&b.largest_difference))
    }
}

impl ParameterComparison {
    fn of(layer: usize, parameter: &'static str, one: &[f32], other: &[f32]) -> Self {
        let mut comparison = Self {
            layer,
            parameter,
            values: one.len(),
            different: 0,
            largest_difference: 0.0,
        };
        for (one, other) in one.iter().zip(other) {
            if one.to_bits() != other.to_bits() {
                comparison.different += 1;
                let difference = (f64::from(*one) - f64::from(*other)).abs();
                comparison.largest_difference = comparison.largest_difference.max(difference);
            }
        }
        comparison
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_tensor_is_found_and_signs_of_zero_count() {
        let layer = |weight: [f32; 2], bias: f32| Layer {
            weight: weight.to_vec(),
            bias: vec![bias],
        };
        let one = [layer([1.0, 0.0], 2.0), layer([1.0, 1.0], 3.0)];
        let other = [layer([1.0, -0.0], 2.0), layer([1.0, 1.5], 3.25)];
        let same = WeightComparison::between(&one, &one);
        assert!(same.equal && same.furthest().is_none());
        let found = WeightComparison::between(&one, &other);
        assert_eq!((found.equal, found.values, found.different), (false, 6, 3));
        let furthest = found.furthest().unwrap();
        assert_eq!((furthest.layer, furthest.parameter), (2, "weight"));
        assert!((furthest.largest_difference - 0.5).abs() < 1e-12);
        assert_eq!(found.parameters[0].different, 1);
    }
}
