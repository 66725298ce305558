//! What a network is to answer for the rows of a batch, and its answers.

use burn::tensor::{ExecutionError, Int, Tensor};
use burn::train::metric::{Adaptor, ItemLazy, LossInput};
use burn::train::{ClassificationOutput, RegressionOutput};
use mlp_data::{Target, TargetScaling};

/// Makes the targets of batches.
#[derive(Clone, Debug)]
pub enum TargetEncoder {
    /// Of classes.
    Classes(TargetDistribution),
    /// Of numbers.
    Values(TargetScaling),
}

impl From<TargetDistribution> for TargetEncoder {
    fn from(distribution: TargetDistribution) -> Self {
        Self::Classes(distribution)
    }
}

impl TargetEncoder {
    /// Returns the number of outputs of a network that is trained on the targets.
    #[must_use]
    pub fn outputs(&self) -> usize {
        match self {
            Self::Classes(distribution) => distribution.classes(),
            Self::Values(_) => 1,
        }
    }

    /// Returns the weight of each class in the loss, `[classes]`; empty of numbers.
    #[must_use]
    pub fn class_weights(&self) -> &[f64] {
        match self {
            Self::Classes(distribution) => distribution.class_weights(),
            Self::Values(_) => &[],
        }
    }

    /// Returns how numbers become outputs; what leaves them as they are for classes.
    #[must_use]
    pub const fn scaling(&self) -> TargetScaling {
        match self {
            Self::Classes(_) => TargetScaling::IDENTITY,
            Self::Values(scaling) => *scaling,
        }
    }

    /// Returns the targets of these rows, `[rows · outputs]` row-major, and their summed weight, which is the number of
    /// rows unless classes or rows are weighted. The distributions of classes are scaled by the rows' `weights`, `[rows]`;
    /// those of numbers go with the batch.
    ///
    /// # Panics
    /// If the rows have another kind of target, or more of them than weights.
    #[must_use]
    pub fn encode(&self, target: &Target, weights: Option<&[f64]>) -> (Vec<f32>, f64) {
        let weight = self.weight(target, weights);
        match (self, target) {
            (Self::Classes(distribution), Target::Class { labels }) => {
                let (mut rows, _) = distribution.of(labels);
                if let Some(weights) = weights {
                    let classes = distribution.classes();
                    for (row, weight) in rows.chunks_exact_mut(classes).zip(weights) {
                        for share in row {
                            *share *= *weight as f32;
                        }
                    }
                }
                (rows, weight)
            }
            (Self::Values(scaling), Target::Value { values }) => {
                let scaled = values.iter().map(|value| scaling.scaled(*value) as f32);
                (scaled.collect(), weight)
            }
            _ => unreachable!("rows have the target that their encoder was made for"),
        }
    }

    /// Returns the summed weight of these rows, as [`Self::encode`] does.
    #[must_use]
    pub fn weight(&self, target: &Target, weights: Option<&[f64]>) -> f64 {
        match (self, target, weights) {
            (Self::Classes(of), Target::Class { labels }, None) => of.weight(labels),
            (Self::Classes(of), Target::Class { labels }, Some(weights)) => {
                let labels = labels.iter().zip(weights);
                labels.fold(0.0, |sum, (label, weight)| {
                    sum + weight * of.class_weights[*label as usize]
                })
            }
            (_, _, Some(weights)) => weights.iter().sum(),
            _ => target.rows() as f64,
        }
    }

    /// Returns the weights of rows that a batch carries, `[rows]`: those of numbers, as classes have them in their targets.
    #[must_use]
    pub fn carried_weights(&self, weights: Option<&[f64]>) -> Option<Vec<f32>> {
        match self {
            Self::Classes(_) => None,
            Self::Values(_) => Some(weights?.iter().map(|weight| *weight as f32).collect()),
        }
    }
}

/// The targets of a batch as a distribution over classes for each row.
///
/// It includes label smoothing ε and class weights *w*:
/// `q[i, c] = w[c]·((1 − ε)·[c = label i] + ε/classes)`, and the loss is
/// `−Σ q ⊙ log softmax(logits) / Σ w[label i]`, as `PyTorch`'s `CrossEntropyLoss` has it.
#[derive(Clone, Debug)]
pub struct TargetDistribution {
    smoothing: f64,
    class_weights: Vec<f64>,
}

impl TargetDistribution {
    /// Takes ε in `[0, 1)` and a positive weight for each class.
    #[must_use]
    pub fn new(smoothing: f64, class_weights: Vec<f64>) -> Self {
        Self {
            smoothing,
            class_weights,
        }
    }

    /// Returns the number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.class_weights.len()
    }

    /// Returns the weight of each class in the loss, `[classes]`.
    #[must_use]
    pub fn class_weights(&self) -> &[f64] {
        &self.class_weights
    }

    /// Returns `q` of these labels, `[rows · classes]` row-major, and `Σ w[label]`.
    #[must_use]
    pub fn of(&self, labels: &[u32]) -> (Vec<f32>, f64) {
        let classes = self.class_weights.len();
        let spread = self.smoothing / classes as f64;
        let base: Vec<f32> = self
            .class_weights
            .iter()
            .map(|weight| (weight * spread) as f32)
            .collect();
        let mut rows = Vec::with_capacity(labels.len() * classes);
        for &label in labels {
            let label = label as usize;
            let start = rows.len();
            rows.extend_from_slice(&base);
            rows[start + label] =
                (self.class_weights[label] * (1.0 - self.smoothing + spread)) as f32;
        }
        (rows, self.weight(labels))
    }

    /// Returns `Σ w[label]`.
    #[must_use]
    pub fn weight(&self, labels: &[u32]) -> f64 {
        let weights = labels
            .iter()
            .map(|label| self.class_weights[*label as usize]);
        weights.fold(0.0, |sum, weight| sum + weight)
    }
}

/// What a step or an inference of a network gives: its loss, its outputs, and what they should have been.
pub enum StepOutput {
    /// Of classes.
    Classes(ClassificationOutput),
    /// Of numbers.
    Values(RegressionOutput),
}

impl StepOutput {
    /// Creates an output of a loss `[1]`, outputs `[batch, outputs]`, targets `[batch, outputs]` and, of classes, labels
    /// `[batch]`.
    pub(crate) fn new(
        loss: Tensor<1>,
        outputs: Tensor<2>,
        targets: Tensor<2>,
        labels: Option<Tensor<1, Int>>,
    ) -> Self {
        match labels {
            Some(labels) => Self::Classes(ClassificationOutput::new(loss, outputs, labels)),
            None => Self::Values(RegressionOutput::new(loss, outputs, targets)),
        }
    }

    /// Returns the mean loss of the batch, `[1]`.
    #[must_use]
    pub fn loss(&self) -> Tensor<1> {
        match self {
            Self::Classes(output) => output.loss.clone(),
            Self::Values(output) => output.loss.clone(),
        }
    }

    /// Returns the outputs of the network, `[batch, outputs]`.
    #[must_use]
    pub fn outputs(&self) -> Tensor<2> {
        match self {
            Self::Classes(output) => output.output.clone(),
            Self::Values(output) => output.output.clone(),
        }
    }
}

impl ItemLazy for StepOutput {
    fn sync(self) -> Result<Self, ExecutionError> {
        match self {
            Self::Classes(output) => output.sync().map(Self::Classes),
            Self::Values(output) => output.sync().map(Self::Values),
        }
    }
}

/// For Burn's own metric of the loss.
impl Adaptor<LossInput> for StepOutput {
    fn adapt(&self) -> LossInput {
        LossInput::new(self.loss())
    }
}
