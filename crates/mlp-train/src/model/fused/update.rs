//! Updates by the rules of optimizers that remember gradients.

use burn::tensor::{Tensor, TensorData};

use super::Fused;
use crate::backend::HostValues;
use mlp_core::kernels::{Rule, update};

impl Fused {
    /// A parameter and what an optimizer remembers of its gradients after an update; without a memory, it
    /// remembers zeros.
    pub fn update<R: Rule<MEMORIES>, const MEMORIES: usize, const D: usize>(
        &self,
        rule: R,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        memories: [Option<Tensor<D>>; MEMORIES],
    ) -> (Tensor<D>, [Tensor<D>; MEMORIES]) {
        let (shape, device) = (weights.shape(), weights.device());
        let weights = HostValues::of(weights);
        let mut gradients = HostValues::of(gradients).into_vec();
        let mut memories = memories.map(|memory| match memory {
            Some(memory) => HostValues::of(memory).into_vec(),
            None => vec![0.0; weights.len()],
        });
        let mut engine = self.engine();
        update(
            &mut engine.team,
            rule,
            &weights,
            &mut gradients,
            memories.each_mut().map(Vec::as_mut_slice),
        );
        if engine.replaced.len() < engine.parameters {
            engine.replaced.push(weights);
        }
        let tensor = |values| Tensor::from_data(TensorData::new(values, shape.clone()), &device);
        (tensor(gradients), memories.map(tensor))
    }
}
