//! The network's steps in the fused kernels, and where they meet Burn: its parameters, its optimizers, its
//! learner's output.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::module::Param;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn::train::{ClassificationOutput, TrainOutput};
use mlp_core::config::{BackendKind, Config, Reduction};
use mlp_core::kernels::{
    Inputs, Loss, OptimizerStep, ThreadPool, Workspace, apply_step, forward, forward_backward,
    gradients,
};
use mlp_core::network::{Layer, Network, parameter_counts};

use crate::backend;
use crate::backend::HostValues;
use crate::model::{
    Batch, Mlp, Objective, Part, RowBatch, StepOutput, clip_global_norm, into_tensors,
    labels_tensor,
};

/// Multiply-adds of a step that are worth a thread.
const WORK_PER_THREAD: usize = 1 << 18;

/// The kernels that compute a network's training steps, shared by all its clones.
#[derive(Clone, Debug)]
pub struct Fused {
    engine: Arc<Mutex<Engine>>,
    descends: bool,
}

#[derive(Debug)]
struct Engine {
    pool: ThreadPool,
    workspace: Workspace,
    /// The batch whose errors are in the workspace, and the parameters that made them.
    stepped: Option<(HostBatch, Network<HostValues>)>,
    /// The parameters that the last update replaced: their memory serves the next one if nothing else holds it.
    replaced: Vec<HostValues>,
    /// Number of tensors that an update replaces.
    parameters: usize,
}

impl Fused {
    /// Creates kernels on the threads of a pool, which other trainings may share, and on fewer of them if a batch of
    /// `rows` rows and `parameters` weights is too little work for all. The results do not depend on the number.
    ///
    /// With `descends` the kernels apply plain gradient descent themselves: no momentum, no weight decay, no
    /// clipping. Otherwise the gradients go to an optimizer.
    #[must_use]
    pub fn new(pool: &ThreadPool, rows: usize, parameters: usize, descends: bool) -> Self {
        let worth = rows.saturating_mul(parameters).div_ceil(WORK_PER_THREAD);
        Self {
            engine: Arc::new(Mutex::new(Engine {
                pool: pool.limited_to(worth),
                workspace: Workspace::default(),
                stepped: None,
                replaced: Vec::new(),
                parameters: 0,
            })),
            descends,
        }
    }

    /// Creates kernels for a network of these layers, on at most the threads of the config; `None` if the config does
    /// not use them on this backend. See [`Self::new`].
    #[must_use]
    pub fn of(
        pool: &ThreadPool,
        config: &Config,
        backend: BackendKind,
        layer_sizes: &[usize],
        rows: usize,
        descends: bool,
    ) -> Option<Self> {
        let threads = backend::threads(config.training.threads);
        let parameters = parameter_counts(layer_sizes).iter().sum();
        let is_fused = config.training.gradients.is_fused_on(backend);
        is_fused.then(|| Self::new(&pool.limited_to(threads), rows, parameters, descends))
    }

    /// Returns `true` if updates are made by [`Self::descend`].
    pub(crate) const fn descends(&self) -> bool {
        self.descends
    }

    /// Computes forward pass, loss and backward pass. If the kernels descend, [`Self::descend`] computes the gradients.
    pub(crate) fn step(&self, model: &Mlp, batch: Batch) -> TrainOutput<StepOutput> {
        let mut engine = self.engine();
        let Engine {
            pool,
            workspace,
            replaced,
            ..
        } = &mut *engine;
        let batch = HostBatch::new(batch, pool);
        let parameters = parameters(model);
        let network = parameters.view();
        let masks = masks(&model.objective, &batch, &network);
        let loss = Loss {
            kind: model.objective.loss,
            targets: batch.targets(),
            weights: batch.row_weights(),
            scale: scale(model.objective.reduction, batch.weight()),
            masks: &masks,
        };
        forward_backward(pool, &network, &batch.inputs(), &loss, workspace);
        let item = output(model, &batch, workspace);
        if self.descends {
            engine.stepped = Some((batch, parameters));
            return TrainOutput {
                grads: GradientsParams::new(),
                item,
            };
        }
        let mut found = Buffers::new(&parameters, std::mem::take(replaced));
        gradients(
            pool,
            &network,
            &batch.inputs(),
            workspace,
            None,
            found.slices(),
        );
        engine.parameters = 2 * parameters.layers.len();
        let mut grads = found.into_gradients(model);
        if model.objective.clip_norm > 0.0 {
            clip_global_norm(model, &mut grads, model.objective.clip_norm);
        }
        TrainOutput { grads, item }
    }

    /// Returns the network after a step of gradient descent on the batch of [`Self::step`]; unchanged without one.
    pub(crate) fn descend(&self, model: Mlp, rate: f64) -> Mlp {
        let mut engine = self.engine();
        let Some((batch, parameters)) = engine.stepped.take() else {
            return model;
        };
        let Engine {
            pool,
            workspace,
            replaced,
            ..
        } = &mut *engine;
        let mut updated = Buffers::new(&parameters, std::mem::take(replaced));
        let rate = Some(rate as f32);
        gradients(
            pool,
            &parameters.view(),
            &batch.inputs(),
            workspace,
            rate,
            updated.slices(),
        );
        let model = updated.into_model(model);
        *replaced = into_memory(parameters);
        model
    }

    /// Computes outputs and loss, without gradients.
    pub(crate) fn infer(&self, model: &Mlp, batch: Batch) -> StepOutput {
        let mut engine = self.engine();
        let Engine {
            pool, workspace, ..
        } = &mut *engine;
        let batch = HostBatch::new(batch, pool);
        let parameters = parameters(model);
        forward(
            pool,
            &parameters.view(),
            &batch.inputs(),
            batch.rows(),
            workspace,
        );
        let device = model.device().inner();
        let shape = [batch.rows(), batch.targets().len() / batch.rows()];
        let outputs = TensorData::new(workspace.outputs().to_vec(), shape);
        let outputs: Tensor<2> = Tensor::from_data(outputs, &device);
        let targets = batch.targets_tensor(&device);
        let loss = model.objective.loss(
            outputs.clone(),
            targets.clone(),
            batch.row_weights_tensor(&device),
            batch.weight(),
        );
        StepOutput::new(loss, outputs, targets, batch.labels(&device))
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        // After a panic the next step overwrites whatever was left half done.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn scale(reduction: Reduction, weight: f64) -> f32 {
    match reduction {
        Reduction::Mean => weight.recip() as f32,
        Reduction::Sum => 1.0,
    }
}

/// Returns the dropout factors of the units of each hidden layer; empty without dropout.
fn masks(objective: &Objective, batch: &HostBatch, network: &Network<&[f32]>) -> Vec<Vec<f32>> {
    if objective.dropout <= 0.0 {
        return Vec::new();
    }
    let hidden = network.layers.len() - 1; // a network has at least its output layer
    let hidden = network.layers.iter().take(hidden).enumerate();
    hidden
        .map(|(index, layer)| {
            let units = batch.rows() * layer.outputs();
            objective.mask(batch.step(), index, units)
        })
        .collect()
}

/// Returns what the learner computes its metrics from.
fn output(model: &Mlp, batch: &HostBatch, workspace: &Workspace) -> StepOutput {
    let device = model.device().inner();
    let outputs = workspace.outputs().to_vec();
    let shape = [batch.rows(), outputs.len() / batch.rows()];
    let loss = workspace.losses().iter().sum::<f64>() / batch.weight(); // in the rows' order
    let (loss, outputs) = (
        Tensor::from_floats([loss], &device),
        Tensor::from_data(TensorData::new(outputs, shape), &device),
    );
    match batch.labels(&device) {
        Some(labels) => StepOutput::Classes(ClassificationOutput::new(loss, outputs, labels)),
        None => StepOutput::new(loss, outputs, batch.targets_tensor(&device), None),
    }
}

/// A batch in host memory.
#[derive(Debug)]
pub(crate) enum HostBatch {
    Rows(RowBatch),
    Scaled(Box<ScaledBatch>),
}

/// A batch of scaled inputs.
#[derive(Debug)]
pub(crate) struct ScaledBatch {
    inputs: HostValues,
    targets: HostValues,
    row_weights: Option<HostValues>,
    labels: Option<Tensor<1, Int>>,
    weight: f64,
    step: u64,
    rows: usize,
}

impl HostBatch {
    /// Brings a batch into host memory; its rows are augmented on the pool.
    pub fn new(batch: Batch, pool: &ThreadPool) -> Self {
        match batch {
            Batch::Rows(batch) => {
                Self::Rows(batch.augmented(|parts| pool.for_each(parts, Part::run)))
            }
            Batch::Tensors(batch) => Self::Scaled(Box::new(ScaledBatch {
                rows: batch.targets.dims()[0],
                inputs: HostValues::of(batch.inputs),
                targets: HostValues::of(batch.targets),
                row_weights: batch.row_weights.map(HostValues::of),
                labels: batch.labels,
                weight: batch.weight,
                step: batch.step,
            })),
        }
    }

    pub fn rows(&self) -> usize {
        match self {
            Self::Rows(batch) => batch.numbers.len(),
            Self::Scaled(batch) => batch.rows,
        }
    }

    pub fn inputs(&self) -> Inputs<'_> {
        match self {
            Self::Rows(batch) => batch.dataset.inputs(&batch.numbers),
            Self::Scaled(batch) => Inputs::Scaled(&batch.inputs),
        }
    }

    /// `[rows, outputs]`
    pub fn targets(&self) -> &[f32] {
        match self {
            Self::Rows(batch) => &batch.targets,
            Self::Scaled(batch) => &batch.targets,
        }
    }

    /// Returns the weight of each row in the loss of numbers, `[rows]`; empty if all are 1, or the targets have them.
    pub fn row_weights(&self) -> &[f32] {
        match self {
            Self::Rows(batch) => batch.row_weights.as_deref().unwrap_or_default(),
            Self::Scaled(batch) => batch.row_weights.as_deref().unwrap_or_default(),
        }
    }

    fn row_weights_tensor(&self, device: &Device) -> Option<Tensor<2>> {
        let weights = self.row_weights();
        let data = TensorData::new(weights.to_vec(), [weights.len(), 1]);
        (!weights.is_empty()).then(|| Tensor::from_data(data, device))
    }

    fn targets_tensor(&self, device: &Device) -> Tensor<2> {
        let shape = [self.rows(), self.targets().len() / self.rows().max(1)];
        Tensor::from_data(TensorData::new(self.targets().to_vec(), shape), device)
    }

    /// Returns the class of each row; `None` where numbers are predicted.
    pub fn labels(&self, device: &Device) -> Option<Tensor<1, Int>> {
        match self {
            Self::Rows(batch) => batch
                .labels
                .as_ref()
                .map(|labels| labels_tensor(labels, device)),
            Self::Scaled(batch) => batch.labels.clone(),
        }
    }

    pub fn weight(&self) -> f64 {
        match self {
            Self::Rows(batch) => batch.weight,
            Self::Scaled(batch) => batch.weight,
        }
    }

    pub fn step(&self) -> u64 {
        match self {
            Self::Rows(batch) => batch.step,
            Self::Scaled(batch) => batch.step,
        }
    }
}

/// Returns weights and biases as the tensors of the network hold them.
pub(crate) fn parameters(model: &Mlp) -> Network<HostValues> {
    let layers = model.layers.iter().map(|layer| {
        let outputs = layer.weight.dims()[1];
        let bias = match &layer.bias {
            Some(bias) => bias.val(),
            None => Tensor::zeros([outputs], &layer.weight.device()),
        };
        Layer {
            weight: HostValues::of(layer.weight.val()),
            bias: HostValues::of(bias),
        }
    });
    Network {
        layers: layers.collect(),
        activation: model.activation,
    }
}

/// Takes the memory of parameters, for [`Buffers::new`].
pub(crate) fn into_memory(parameters: Network<HostValues>) -> Vec<HostValues> {
    let layers = parameters.layers.into_iter();
    layers
        .flat_map(|layer| [layer.weight, layer.bias])
        .collect()
}

/// One value per parameter: its gradient, or its value after a step.
pub(crate) struct Buffers(Vec<Layer>);

impl Buffers {
    /// Creates buffers for these parameters in `memory`, if it has their sizes. The values are unspecified.
    pub fn new(parameters: &Network<HostValues>, memory: Vec<HostValues>) -> Self {
        let layers = &parameters.layers;
        let sizes = layers
            .iter()
            .flat_map(|layer| [layer.weight.len(), layer.bias.len()]);
        if !memory.iter().map(|values| values.len()).eq(sizes) {
            let zeros = layers.iter().map(|layer| Layer {
                weight: vec![0.0; layer.weight.len()],
                bias: vec![0.0; layer.bias.len()],
            });
            return Self(zeros.collect());
        }
        let mut values = memory.into_iter().map(HostValues::into_vec);
        let mut layers = Vec::with_capacity(layers.len());
        while let (Some(weight), Some(bias)) = (values.next(), values.next()) {
            layers.push(Layer { weight, bias });
        }
        Self(layers)
    }

    /// Returns the buffers for the kernels to write to.
    pub fn slices(&mut self) -> Vec<Layer<&mut [f32]>> {
        let layers = self.0.iter_mut().map(|layer| Layer {
            weight: layer.weight.as_mut_slice(),
            bias: layer.bias.as_mut_slice(),
        });
        layers.collect()
    }

    pub fn into_gradients(self, model: &Mlp) -> GradientsParams {
        let device = model.device().inner();
        let mut gradients = GradientsParams::new();
        for (layer, found) in model.layers.iter().zip(self.0) {
            let (weight, bias) = into_tensors(found, &device);
            gradients.register(layer.weight.id, weight);
            if let Some(own) = &layer.bias {
                gradients.register(own.id, bias);
            }
        }
        gradients
    }

    /// Returns the network with these parameters.
    pub fn into_model(self, mut model: Mlp) -> Mlp {
        let device = model.device();
        for (layer, updated) in model.layers.iter_mut().zip(self.0) {
            let (weight, bias) = into_tensors(updated, &device);
            layer.weight = Param::initialized(layer.weight.id, weight);
            layer.bias = layer
                .bias
                .take()
                .map(|old| Param::initialized(old.id, bias));
        }
        model
    }
}

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
