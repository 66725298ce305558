//! Predictors of a run: the fused kernels, or Burn on other backends.

use std::sync::Arc;

use burn::tensor::Tensor;
use mlp_core::config::{BackendKind, Config};
use mlp_core::error::RunError;
use mlp_core::fault;
use mlp_core::model::{KernelPredictor, LoadedRun, Model, Predictor};
use mlp_core::run::RunDirectory;
use mlp_data::Dataset;

use crate::backend::{self, HostValues};
use crate::error::Error;
use crate::model::{Mlp, Objective, gather};

/// Predicts with Burn on a device.
#[derive(Debug)]
struct BurnPredictor {
    model: Arc<Model>,
    module: Mlp,
}

impl Predictor for BurnPredictor {
    fn model(&self) -> &Model {
        &self.model
    }

    fn outputs(&mut self, dataset: &Dataset, rows: &[u32]) -> Vec<f32> {
        let inputs = gather(dataset, &self.model.preprocessor, rows); // [rows, inputs]
        let inputs = Tensor::from_data(inputs, &self.module.device());
        HostValues::of(self.module.forward(inputs)).into_vec() // [rows, outputs]
    }
}

/// Creates a predictor for a backend and a device, named as in the config: the fused kernels where a training with this
/// config uses them, else Burn.
///
/// # Errors
/// If the backend or device is not available.
pub fn predictor(
    trained: &LoadedRun,
    run: &RunDirectory,
    kind: BackendKind,
    device: &str,
) -> Result<Box<dyn Predictor>, Error> {
    let device = backend::device(kind, device)?;
    let config = &trained.config;
    let model = Arc::clone(&trained.model);
    let predictor: Box<dyn Predictor> = if config.training.gradients.is_fused_on(kind) {
        let threads = backend::threads(config.training.threads);
        Box::new(KernelPredictor::new(model, threads))
    } else {
        let module = Mlp::from_network(model.network.clone(), Objective::default(), &device);
        Box::new(BurnPredictor { model, module })
    };
    fault::point("network-loaded").map_err(RunError::writing(run.path()))?;
    Ok(predictor)
}

/// Returns the backend to predict on: the requested one, else the config's if it is compiled in, else the preferred
/// one of this binary.
#[must_use]
pub fn backend_for(config: &Config, asked_for: Option<BackendKind>) -> BackendKind {
    let compiled = backend::compiled();
    asked_for.unwrap_or_else(|| {
        if compiled.contains(&config.backend) {
            config.backend
        } else {
            compiled[0] // never empty: checked at build time
        }
    })
}
