//! One training step and one inference step, as Burn's `Learner` calls them.

use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::train::{ClassificationOutput, InferenceStep, TrainOutput, TrainStep};

use super::batch::TensorBatch;
use super::objective::{clip_global_norm, cross_entropy, dropout};
use super::{Batch, Mlp};
use mlp_core::config::Reduction;

impl TrainStep for Mlp {
    type Input = Batch;
    type Output = ClassificationOutput;

    fn step(&self, batch: Batch) -> TrainOutput<ClassificationOutput> {
        match &self.fused {
            Some(fused) => fused.step(self, batch),
            None => self.differentiate(batch.tensors(&self.device())),
        }
    }

    fn optimize(
        self,
        optimizer: &mut ModuleOptimizer,
        rate: ModuleLearningRate,
        gradients: GradientsParams,
    ) -> Self {
        match self.fused.clone() {
            Some(fused) if fused.descends() => fused.descend(self, rate.base()),
            _ => optimizer.step(rate, self, gradients),
        }
    }
}

impl Mlp {
    /// Loss and gradients by automatic differentiation.
    fn differentiate(&self, batch: TensorBatch) -> TrainOutput<ClassificationOutput> {
        let TensorBatch {
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
        if let Some(fused) = &self.fused {
            return fused.infer(self, batch);
        }
        let batch = batch.tensors(&self.device());
        let logits = self.forward(batch.inputs); // [batch, classes]
        let loss = cross_entropy(logits.clone(), batch.targets, batch.weight);
        ClassificationOutput::new(loss, logits, batch.labels)
    }
}
