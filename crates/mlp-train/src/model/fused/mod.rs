//! The network's steps in the fused kernels, and where they meet Burn: its parameters, its optimizers, its
//! learner's output.

mod given;
mod parameters;
mod update;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use burn::optim::GradientsParams;
use burn::tensor::{Tensor, TensorData};
use burn::train::{ClassificationOutput, TrainOutput};

use self::given::Given;
use self::parameters::{Buffers, into_memory, parameters};
use super::objective::{clip_global_norm, cross_entropy};
use super::{Batch, Mlp, Objective};
use crate::backend::{self, HostValues};
use mlp_core::config::{BackendKind, Config, Reduction};
use mlp_core::kernels::{Loss, ThreadPool, Workspace, forward, forward_backward, gradients};
use mlp_core::network::{Network, parameter_counts};

/// Multiply-adds of a step that are worth a thread.
const WORK_OF_A_THREAD: usize = 1 << 18;

/// Kernels that take a network's steps, shared by all its clones.
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
    stepped: Option<(Given, Network<HostValues>)>,
    /// What the last update replaced, parameter by parameter: once nobody else holds it, its memory serves the
    /// next one.
    replaced: Vec<HostValues>,
    /// How many parameters an update replaces.
    parameters: usize,
}

impl Fused {
    /// Kernels on the threads of a pool, which other trainings may share; on fewer of them if a batch of `rows` rows
    /// and `parameters` weights is not worth all. The results do not depend on it.
    ///
    /// With `descends`, updates are plain gradient descent, and the kernels do them: no momentum, no decay,
    /// no clipping. Otherwise gradients go to an optimizer.
    #[must_use]
    pub fn new(pool: &ThreadPool, rows: usize, parameters: usize, descends: bool) -> Self {
        let worth = rows.saturating_mul(parameters).div_ceil(WORK_OF_A_THREAD);
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

    /// The kernels for a network of these layers on a backend, if the config has them there; see [`Self::new`]. They
    /// use at most the threads of the config.
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

    /// Whether updates are [`Self::descend`].
    pub(super) const fn descends(&self) -> bool {
        self.descends
    }

    /// Forward, loss and backward. Where the kernels descend, the gradients are left to [`Self::descend`].
    pub(super) fn step(&self, model: &Mlp, batch: Batch) -> TrainOutput<ClassificationOutput> {
        let mut engine = self.engine();
        let Engine {
            pool,
            workspace,
            replaced,
            ..
        } = &mut *engine;
        let given = Given::new(batch, pool);
        let parameters = parameters(model);
        let network = parameters.view();
        let masks = masks(&model.objective, &given, &network);
        let loss = Loss {
            targets: given.targets(),
            scale: scale(model.objective.reduction, given.weight()),
            masks: &masks,
        };
        forward_backward(pool, &network, &given.inputs(), &loss, workspace);
        let item = output(model, &given, workspace);
        if self.descends {
            engine.stepped = Some((given, parameters));
            return TrainOutput {
                grads: GradientsParams::new(),
                item,
            };
        }
        let mut found = Buffers::new(&parameters, std::mem::take(replaced));
        gradients(
            pool,
            &network,
            &given.inputs(),
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

    /// The network after a step of gradient descent along the errors that [`Self::step`] left; without any, as
    /// it was.
    #[allow(clippy::cast_possible_truncation)] // f32 is the network's type
    pub(super) fn descend(&self, model: Mlp, rate: f64) -> Mlp {
        let mut engine = self.engine();
        let Some((given, parameters)) = engine.stepped.take() else {
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
            &given.inputs(),
            workspace,
            rate,
            updated.slices(),
        );
        let model = updated.into_model(model);
        *replaced = into_memory(parameters);
        model
    }

    /// Logits and loss, without gradients.
    pub(super) fn infer(&self, model: &Mlp, batch: Batch) -> ClassificationOutput {
        let mut engine = self.engine();
        let Engine {
            pool, workspace, ..
        } = &mut *engine;
        let given = Given::new(batch, pool);
        let parameters = parameters(model);
        forward(
            pool,
            &parameters.view(),
            &given.inputs(),
            given.rows(),
            workspace,
        );
        let device = model.device().inner();
        let shape = [given.rows(), given.targets().len() / given.rows()];
        let logits = TensorData::new(workspace.logits().to_vec(), shape);
        let logits = Tensor::from_data(logits, &device);
        let targets = TensorData::new(given.targets().to_vec(), shape);
        let targets = Tensor::from_data(targets, &device);
        let loss = cross_entropy(logits.clone(), targets, given.weight());
        ClassificationOutput::new(loss, logits, given.labels(&device))
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        // What a panic may leave half done in there is written anew by the next step.
        self.engine.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[allow(clippy::cast_possible_truncation)] // f32 is the network's type
fn scale(reduction: Reduction, weight: f64) -> f32 {
    match reduction {
        Reduction::Mean => weight.recip() as f32,
        Reduction::Sum => 1.0,
    }
}

/// Dropout's factors of the units of each hidden layer; none without dropout.
fn masks(objective: &Objective, given: &Given, network: &Network<&[f32]>) -> Vec<Vec<f32>> {
    if objective.dropout <= 0.0 {
        return Vec::new();
    }
    let hidden = network.layers.len() - 1; // a network has at least its output layer
    let hidden = network.layers.iter().take(hidden).enumerate();
    hidden
        .map(|(index, layer)| {
            let units = given.rows() * layer.outputs();
            objective.mask(given.step(), index, units)
        })
        .collect()
}

/// What the learner makes its figures of.
fn output(model: &Mlp, given: &Given, workspace: &Workspace) -> ClassificationOutput {
    let device = model.device().inner();
    let logits = workspace.logits().to_vec();
    let shape = [given.rows(), logits.len() / given.rows()];
    let loss = workspace.losses().iter().sum::<f64>() / given.weight(); // in the rows' order
    ClassificationOutput::new(
        Tensor::from_floats([loss], &device),
        Tensor::from_data(TensorData::new(logits, shape), &device),
        given.labels(&device),
    )
}
