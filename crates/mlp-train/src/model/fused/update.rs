//! Updates by optimizers with state.

use burn::tensor::{Tensor, TensorData};

use super::Fused;
use crate::backend::HostValues;
use mlp_core::kernels::{OptimizerStep, apply_step};

impl Fused {
    /// Returns a parameter and its optimizer state after a step; a state that is not there yet is zero.
    pub fn update<O: OptimizerStep<STATES>, const STATES: usize, const D: usize>(
        &self,
        step: O,
        weights: Tensor<D>,
        gradients: Tensor<D>,
        states: [Option<Tensor<D>>; STATES],
    ) -> (Tensor<D>, [Tensor<D>; STATES]) {
        let (shape, device) = (weights.shape(), weights.device());
        let weights = HostValues::of(weights);
        let mut gradients = HostValues::of(gradients).into_vec();
        let mut states = states.map(|state| match state {
            Some(state) => HostValues::of(state).into_vec(),
            None => vec![0.0; weights.len()],
        });
        let mut engine = self.engine();
        apply_step(
            &engine.pool,
            step,
            &weights,
            &mut gradients,
            states.each_mut().map(Vec::as_mut_slice),
        );
        if engine.replaced.len() < engine.parameters {
            engine.replaced.push(weights);
        }
        let tensor = |values| Tensor::from_data(TensorData::new(values, shape.clone()), &device);
        (tensor(gradients), states.map(tensor))
    }
}
