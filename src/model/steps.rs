//! One training step and one inference step, as Burn's `Learner` calls them.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};

use super::objective::{clip_global_norm, cross_entropy, dropout};
use super::{Batch, Mlp};
use crate::config::Reduction;

impl TrainStep for Mlp {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let Batch {
            inputs,
            labels,
            targets,
            weight,
            step,
        } = batch;
        let logits = if self.objective.dropout > 0.0 {
            self.forward_with(inputs, |layer, hidden| {
                dropout(&self.objective, hidden, step, layer)
            })
        } else {
            self.forward(inputs)
        }; // [batch, classes]
        let loss = cross_entropy(logits.clone(), targets, weight); // [1]

        let minimised = match self.objective.reduction {
            Reduction::Mean => loss.clone(),
            Reduction::Sum => loss.clone().mul_scalar(weight),
        };
        let mut gradients = GradientsParams::from_grads(minimised.backward(), self);
        if self.objective.clip_norm > 0.0 {
            clip_global_norm(self, &mut gradients, self.objective.clip_norm);
        }
        let item = ClassificationOutput::new(loss.inner(), logits.inner(), labels);
        TrainOutput {
            grads: gradients,
            item,
        }
    }
}

impl InferenceStep for Mlp {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> ClassificationOutput {
        let logits: Tensor<2> = self.forward(batch.inputs);
        let loss = cross_entropy(logits.clone(), batch.targets, batch.weight);
        ClassificationOutput::new(loss, logits, batch.labels)
    }
}
