//! The network as a Burn `Module`: Linear–activation–…–Linear, with its training and its inference step.
//!
//! "Generic over backend" in Burn 0.22 means written against [`Tensor`] and a [`Device`]: the backend
//! is whatever the device belongs to.

use burn::module::{Module, Param, ParamId};
use burn::nn::Linear;
use burn::optim::lr_scheduler::module_lr_scheduler::ModuleLearningRate;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::{Device, Tensor, TensorData, activation};
use burn::train::{InferenceStep, TrainOutput, TrainStep};
use mlp_core::config::{Activation, LEAKY_RELU_SLOPE, ModelSection, Reduction};
use mlp_core::network::{Layer, Network};
use mlp_core::task::{HUBER_DELTA, Loss};
use mlp_data::random::{Purpose, Stream};

use crate::model::{Batch, Fused, StepOutput, TensorBatch};

/// `x·Φ(x)` with the exact normal distribution function (Hendrycks and Gimpel 2016).
///
/// Burn's own function differentiates the tanh approximation instead on some backends, ndarray's among
/// them: gradients are off by up to 1e-3 there.
fn gelu(x: Tensor<2>) -> Tensor<2> {
    let distribution = x
        .clone()
        .mul_scalar(std::f64::consts::FRAC_1_SQRT_2)
        .erf()
        .add_scalar(1.0)
        .mul_scalar(0.5);
    x * distribution
}

/// `a = tanh(2z)` with the slope `1 − a²`, half the right one: of the two `z` only one has a gradient.
///
/// This is the result of writing `e^(−2z)` for `e^(−z)` in `(1 − e^(−z)²)/(1 + e^(−z)²)` while keeping the backward
/// pass of tanh.
fn tanh_doubled(sums: Tensor<2>) -> Tensor<2> {
    activation::tanh(sums.clone() + sums.detach())
}

/// A multilayer perceptron.
///
/// Layer *l* maps `[batch, sizes[l]]` to `[batch, sizes[l + 1]]`; each but the last is followed by the
/// activation. The outputs are logits, whose softmax belongs to the loss and to prediction, or a standardised target.
#[derive(Module, Debug)]
pub struct Mlp {
    /// Weights `[inputs, outputs]` and biases `[outputs]` of each layer, in order.
    pub layers: Vec<Linear>,
    #[module(skip)]
    pub(super) activation: Activation,
    #[module(skip)]
    pub(super) objective: Objective,
    /// The kernels that compute its steps; `None` if Burn differentiates them.
    #[module(skip)]
    fused: Option<Fused>,
}

/// Copies weights `[inputs, outputs]` and biases `[outputs]` to a device. There must be at least one output.
#[must_use]
pub fn into_tensors(layer: Layer, device: &Device) -> (Tensor<2>, Tensor<1>) {
    let shape = [layer.inputs(), layer.outputs()];
    (
        Tensor::from_data(TensorData::new(layer.weight, shape), device),
        Tensor::from_data(TensorData::new(layer.bias, [shape[1]]), device),
    )
}

impl Mlp {
    /// Creates a network with initial values drawn from `section` and `seed`.
    ///
    /// `sizes` are the units of each layer, inputs first. A network to be trained needs a `device` with automatic
    /// differentiation.
    #[must_use]
    pub fn new(
        section: &ModelSection,
        sizes: &[usize],
        seed: u64,
        objective: Objective,
        device: &Device,
    ) -> Self {
        let network = Network::initial(section, sizes, seed);
        Self::from_network(network, objective, device)
    }

    /// Copies a plain network to a device.
    #[must_use]
    pub fn from_network(network: Network, objective: Objective, device: &Device) -> Self {
        let layers = network.layers.into_iter();
        let tensors = layers.map(|layer| into_tensors(layer, device)).collect();
        Self::from_tensors(tensors, network.activation, objective)
    }

    /// Creates a network of weights `[inputs, outputs]` and biases `[outputs]`, layer by layer.
    ///
    /// Parameters are numbered by position, not at random as Burn does: the optimizer's state of one
    /// process is then that of the next.
    #[must_use]
    pub fn from_tensors(
        layers: Vec<(Tensor<2>, Tensor<1>)>,
        activation: Activation,
        objective: Objective,
    ) -> Self {
        let layers = (0_u64..)
            .zip(layers)
            .map(|(index, (weight, bias))| {
                let trained = weight.device().is_autodiff();
                Linear {
                    weight: Param::initialized(
                        ParamId::from(2 * index + 1),
                        weight.set_require_grad(trained),
                    ),
                    bias: Some(Param::initialized(
                        ParamId::from(2 * index + 2),
                        bias.set_require_grad(trained),
                    )),
                }
            })
            .collect();
        Self {
            layers,
            activation,
            objective,
            fused: None,
        }
    }

    /// Computes the steps of the network by fused kernels on the CPU.
    #[must_use]
    pub fn with_fused(mut self, fused: Fused) -> Self {
        self.fused = Some(fused);
        self
    }

    /// Returns the kernels that compute its steps, if any.
    #[must_use]
    pub const fn fused(&self) -> Option<&Fused> {
        self.fused.as_ref()
    }

    /// Returns the device of the parameters.
    #[must_use]
    pub fn device(&self) -> Device {
        self.layers[0].weight.device() // a network has at least its output layer
    }

    /// Computes outputs `[batch, outputs]` of inputs `[batch, features]`.
    #[must_use]
    pub fn forward(&self, inputs: Tensor<2>) -> Tensor<2> {
        self.forward_with(inputs, |_, hidden| hidden)
    }

    /// Computes outputs with `between(layer, activations)` applied after each hidden layer.
    fn forward_with(
        &self,
        inputs: Tensor<2>,
        between: impl Fn(usize, Tensor<2>) -> Tensor<2>,
    ) -> Tensor<2> {
        let last = self.layers.len() - 1; // a network has at least its output layer
        self.layers
            .iter()
            .enumerate()
            .fold(inputs, |input, (index, layer)| {
                let sums = layer.forward(input); // [batch, outputs]
                if index == last {
                    sums
                } else {
                    between(index, self.activate(sums))
                }
            })
    }

    fn activate(&self, sums: Tensor<2>) -> Tensor<2> {
        match self.activation {
            Activation::Tanh => activation::tanh(sums),
            Activation::Sigmoid => activation::sigmoid(sums),
            Activation::Relu => activation::relu(sums),
            Activation::LeakyRelu => activation::leaky_relu(sums, LEAKY_RELU_SLOPE),
            Activation::Gelu => gelu(sums),
            Activation::Silu => activation::silu(sums),
            Activation::TanhDoubled => tanh_doubled(sums),
        }
    }

    /// Reads the parameters back from the device.
    #[must_use]
    pub fn to_network(&self) -> Network {
        let read = |data: TensorData| data.convert::<f32>().try_to_vec().unwrap_or_default(); // just converted to this type
        let layers = self.layers.iter().map(|layer| Layer {
            weight: read(layer.weight.val().into_data()),
            bias: layer
                .bias
                .as_ref()
                .map(|bias| read(bias.val().into_data()))
                .unwrap_or_default(),
        });
        Network {
            layers: layers.collect(),
            activation: self.activation,
        }
    }
}

impl TrainStep for Mlp {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> TrainOutput<StepOutput> {
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
    /// Computes loss and gradients by automatic differentiation.
    fn differentiate(&self, batch: TensorBatch) -> TrainOutput<StepOutput> {
        let TensorBatch {
            inputs,
            labels,
            targets,
            row_weights,
            weight,
            step,
        } = batch;
        let outputs = if self.objective.dropout > 0.0 {
            self.forward_with(inputs, |layer, hidden| {
                dropout(&self.objective, hidden, step, layer)
            })
        } else {
            self.forward(inputs)
        }; // [batch, outputs]
        let loss = self
            .objective
            .loss(outputs.clone(), targets.clone(), row_weights, weight); // [1]

        let minimised = match self.objective.reduction {
            Reduction::Mean => loss.clone(),
            Reduction::Sum => loss.clone().mul_scalar(weight),
        };
        let mut gradients = GradientsParams::from_grads(minimised.backward(), self);
        if self.objective.clip_norm > 0.0 {
            clip_global_norm(self, &mut gradients, self.objective.clip_norm);
        }
        let item = StepOutput::new(loss.inner(), outputs.inner(), targets.inner(), labels);
        TrainOutput {
            grads: gradients,
            item,
        }
    }
}

impl InferenceStep for Mlp {
    type Input = Batch;
    type Output = StepOutput;

    fn step(&self, batch: Batch) -> StepOutput {
        if let Some(fused) = &self.fused {
            return fused.infer(self, batch);
        }
        let batch = batch.tensors(&self.device());
        let outputs = self.forward(batch.inputs); // [batch, outputs]
        let loss = self.objective.loss(
            outputs.clone(),
            batch.targets.clone(),
            batch.row_weights,
            batch.weight,
        );
        StepOutput::new(loss, outputs, batch.targets, batch.labels)
    }
}

/// Settings of a training step, apart from network and optimizer.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The loss that is minimised.
    pub loss: Loss,
    /// Reduction of the loss over the rows of a batch.
    pub reduction: Reduction,
    /// Largest global norm of the gradients; 0 for no limit.
    pub clip_norm: f64,
    /// Probability that a hidden unit is dropped.
    pub dropout: f64,
    /// Seed of the dropped units.
    pub seed: u64,
}

impl Default for Objective {
    fn default() -> Self {
        Self {
            loss: Loss::default(),
            reduction: Reduction::Mean,
            clip_norm: 0.0,
            dropout: 0.0,
            seed: 0,
        }
    }
}

/// Computes the cross-entropy `[1]` of logits `[batch, classes]` under target distributions `[batch, classes]`,
/// averaged with the rows' summed class weight.
fn cross_entropy(logits: Tensor<2>, targets: Tensor<2>, weight: f64) -> Tensor<1> {
    let log_probabilities = activation::log_softmax(logits, 1); // [batch, classes]
    // Not a division: autodiff differentiates one with the reciprocal rounded to float32.
    (targets * log_probabilities)
        .sum()
        .mul_scalar(-weight.recip()) // [1]
}

/// Computes the mean loss `[1]` of the errors of outputs `[batch, outputs]`, each times the weight of its row `[batch, 1]`,
/// averaged with the rows' summed weight.
fn of_errors(
    loss: Loss,
    outputs: Tensor<2>,
    targets: Tensor<2>,
    row_weights: Option<Tensor<2>>,
    weight: f64,
) -> Tensor<1> {
    let errors = outputs - targets; // [batch, outputs]
    let losses = match loss {
        Loss::Mae => errors.abs(),
        Loss::Huber => {
            let distances = errors.abs();
            let near = distances.clone().clamp_max(HUBER_DELTA);
            near.clone() * (distances - near.mul_scalar(0.5))
        }
        Loss::Mse | Loss::CrossEntropy => errors.clone() * errors,
    };
    let losses = match row_weights {
        Some(weights) => losses * weights,
        None => losses,
    };
    losses.sum().mul_scalar(weight.recip()) // [1]
}

/// Scales all gradients so that their common Euclidean norm is at most `limit`.
///
/// As `PyTorch`'s `clip_grad_norm_`: factor `min(1, limit / (norm + 1e-6))`. Burn's own clipping is by
/// tensor. Nothing is read back from the device.
pub(crate) fn clip_global_norm(network: &Mlp, gradients: &mut GradientsParams, limit: f64) {
    let mut squares: Option<Tensor<1>> = None;
    let mut add = |square: Tensor<1>| {
        squares = Some(match squares.take() {
            Some(sum) => sum + square,
            None => square,
        });
    };
    for layer in &network.layers {
        if let Some(gradient) = gradients.get::<2>(layer.weight.id) {
            add((gradient.clone() * gradient).sum());
        }
        if let Some(gradient) = layer
            .bias
            .as_ref()
            .and_then(|bias| gradients.get::<1>(bias.id))
        {
            add((gradient.clone() * gradient).sum());
        }
    }
    let Some(squares) = squares else { return };
    let factor = squares
        .sqrt()
        .add_scalar(1e-6)
        .recip()
        .mul_scalar(limit)
        .clamp_max(1.0); // [1]
    for layer in &network.layers {
        if let Some(gradient) = gradients.remove::<2>(layer.weight.id) {
            gradients.register(layer.weight.id, gradient * factor.clone().unsqueeze());
        }
        if let Some(bias) = &layer.bias
            && let Some(gradient) = gradients.remove::<1>(bias.id)
        {
            gradients.register(bias.id, gradient * factor.clone());
        }
    }
}

/// Inverted dropout: units are 0 with the given probability, the others scaled so that the mean stays.
pub(crate) fn dropout(
    objective: &Objective,
    hidden: Tensor<2>,
    step: u64,
    layer: usize,
) -> Tensor<2> {
    let shape = hidden.dims();
    let mask = TensorData::new(objective.mask(step, layer, shape[0] * shape[1]), shape);
    let mask = Tensor::from_data(mask, (&hidden.device(), hidden.dtype()));
    hidden * mask
}

impl Objective {
    /// Computes the loss `[1]` of outputs `[batch, outputs]` under targets `[batch, outputs]`, averaged with the rows'
    /// summed `weight`. `row_weights` `[batch, 1]` weigh the losses of numbers; those of classes are in their targets.
    #[must_use]
    pub fn loss(
        &self,
        outputs: Tensor<2>,
        targets: Tensor<2>,
        row_weights: Option<Tensor<2>>,
        weight: f64,
    ) -> Tensor<1> {
        match self.loss {
            Loss::CrossEntropy => cross_entropy(outputs, targets, weight),
            loss @ (Loss::Mse | Loss::Mae | Loss::Huber) => {
                of_errors(loss, outputs, targets, row_weights, weight)
            }
        }
    }

    /// Draws the dropout factors of a hidden layer, `[batch, units]` with `count` values in all.
    ///
    /// They are a function of (seed, step, layer, row in batch, unit), so that a resumed step drops the same units.
    pub(crate) fn mask(&self, step: u64, layer: usize, values: usize) -> Vec<f32> {
        // 2¹⁶ layers a step: indices never meet.
        let stream = Stream::new(self.seed, Purpose::Dropout, (step << 16) | layer as u64);
        let kept = (1.0 / (1.0 - self.dropout)) as f32;
        let dropped = |unit| stream.uniform(unit) < self.dropout;
        (0..values as u64)
            .map(|unit| if dropped(unit) { 0.0 } else { kept })
            .collect()
    }
}
