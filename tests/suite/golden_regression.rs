//! Losses, gradients and SGD of predicted numbers against those that NumPy computed in float64, by formulas of its own.

use burn::tensor::{DType, Device, Tensor};
use burn::train::Learner;
use mlp::config::{Activation, Config, Optimizer, OptimizerSection, Reduction};
use mlp::gradcheck::{Problem, gradients as gradients_by_hand};
use mlp::kernels::ThreadPool;
use mlp::model::{Fused, Mlp, Objective};
use mlp::task::Loss;
use mlp::training::{is_plain_descent, optimizer};
use serde::Deserialize;

use crate::support::assert_close;
use crate::support::devices::{numbers, tensor, training_devices};
use crate::support::network::{
    Layers, Plain, batch_of_values, descend, flat, gradients, layers, values,
};

#[derive(Deserialize)]
struct Golden {
    source: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    layer_sizes: Vec<usize>,
    activation: Activation,
    loss_kind: Loss,
    /// Of loss and gradient alike.
    loss_reduction: Reduction,
    learning_rate: f64,
    momentum: f64,
    weight_decay: f64,
    inputs: Vec<Vec<f64>>,
    targets: Vec<f64>,
    weights: Vec<Vec<Vec<f64>>>,
    biases: Vec<Vec<f64>>,
    outputs: Vec<f64>,
    loss: f64,
    weight_gradients: Vec<Vec<Vec<f64>>>,
    bias_gradients: Vec<Vec<f64>>,
    loss_before_each_step: Vec<f64>,
    final_loss: f64,
    final_weights: Vec<Vec<Vec<f64>>>,
    final_biases: Vec<Vec<f64>>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("../fixtures/golden_regression.json");
    let golden: Golden = serde_json::from_str(text).unwrap();
    assert!(golden.source.starts_with("NumPy "));
    for loss in [Loss::Mse, Loss::Mae, Loss::Huber] {
        let of_loss = golden.cases.iter().filter(|case| case.loss_kind == loss);
        assert_eq!(of_loss.count(), 2, "{loss:?}");
    }
    golden.cases
}

impl Case {
    fn plain(&self) -> Plain {
        Plain {
            sizes: self.layer_sizes.clone(),
            layers: layers(&self.weights, &self.biases),
        }
    }

    fn gradients(&self) -> Vec<f64> {
        flat(&layers(&self.weight_gradients, &self.bias_gradients))
    }

    /// The loss that the fixture reduces, from our mean over the rows.
    fn reduced(&self, mean: f64) -> f64 {
        match self.loss_reduction {
            Reduction::Mean => mean,
            Reduction::Sum => mean * self.targets.len() as f64,
        }
    }

    fn optimizer(&self) -> OptimizerSection {
        OptimizerSection {
            kind: Optimizer::Sgd {
                momentum: self.momentum,
                nesterov: false,
            },
            weight_decay: self.weight_decay,
            ..Config::default().optimizer
        }
    }

    fn check(
        &self,
        method: &dyn Fn(Mlp, bool) -> Mlp,
        (backend, device): (&str, &Device),
        dtype: DType,
        tolerance: f64,
        drift: f64,
    ) {
        let what = |figure: &str| format!("{} on {backend} in {dtype:?}: {figure}", self.name);
        let objective = Objective {
            loss: self.loss_kind,
            reduction: self.loss_reduction,
            ..Objective::default()
        };
        let plain = self.plain();
        let model = plain.model(self.activation, objective, device, dtype);
        let descending = method(model.clone(), is_plain_descent(&self.optimizer()));
        let model = method(model, false);
        let inputs = self.inputs.concat();
        let batch = batch_of_values(&inputs, &self.targets, device, dtype);

        let rows = [self.inputs.len(), self.layer_sizes[0]];
        let outputs: Tensor<2> = model.forward(tensor(&inputs, rows, device, dtype));
        assert_eq!(outputs.dtype(), dtype, "{}", what("type"));
        let found = numbers(&outputs);
        assert_close(&what("outputs"), &found, &self.outputs, tolerance);

        let (loss, found) = gradients(&model, batch.clone());
        let loss = self.reduced(loss);
        assert_close(&what("loss"), &[loss], &[self.loss], tolerance);
        let found = flat(&found);
        assert_close(&what("gradients"), &found, &self.gradients(), tolerance);

        let optimizer = optimizer(&self.optimizer(), descending.fused());
        let mut learner = Learner::new(descending, optimizer, self.learning_rate);
        let steps = self.loss_before_each_step.len();
        let losses = descend(&mut learner, &batch, steps).into_iter();
        let losses: Vec<f64> = losses.map(|mean| self.reduced(mean)).collect();
        assert_eq!(losses.len(), 25);
        assert_close(&what("losses"), &losses, &self.loss_before_each_step, drift);
        let (last, _) = gradients(&method(learner.model(), false), batch);
        let last = self.reduced(last);
        assert_close(&what("last loss"), &[last], &[self.final_loss], drift);
        let expected = flat(&layers(&self.final_weights, &self.final_biases));
        let found = flat(&values(&learner.model()));
        assert_close(&what("weights"), &found, &expected, drift);
    }
}

/// Checks outputs, losses, gradients and SGD of a backend in float32.
pub fn check_float32(backend: &str, device: &Device, tolerance: f64) {
    for case in cases() {
        case.check(
            &|model, _| model,
            (backend, device),
            DType::F32,
            tolerance,
            tolerance,
        );
    }
}

#[test]
fn the_closed_form_of_numbers_agrees_with_numpy() {
    for case in cases() {
        let weight = case.targets.len() as f64;
        let batch = (&case.inputs.concat()[..], &case.targets[..], weight);
        let plain = case.plain();
        let problem = Problem {
            loss: case.loss_kind,
            ..plain.problem(case.activation, case.loss_reduction, batch)
        };
        let found: Layers = gradients_by_hand(&problem, None)
            .into_iter()
            .map(|layer| (layer.weights.values, layer.biases))
            .collect();
        assert_close(&case.name, &flat(&found), &case.gradients(), 1e-12);
    }
}

#[test]
fn autodiff_of_numbers_agrees_with_numpy() {
    for (backend, device) in training_devices() {
        for case in cases() {
            let method = |model, _| model;
            case.check(&method, (backend, &device), DType::F32, 1e-5, 1e-4);
            let exact = case.momentum == 0.0 && case.weight_decay == 0.0;
            let drift = if exact { 1e-10 } else { 1e-6 }; // Burn holds momentum and penalty in float32
            case.check(&method, (backend, &device), DType::F64, 1e-10, drift);
        }
    }
}

#[test]
fn the_fused_kernels_of_numbers_agree_with_numpy() {
    for (backend, device) in training_devices() {
        for case in cases() {
            for threads in [1, 2, 3] {
                let fused = |model: Mlp, descends| {
                    let pool = ThreadPool::new(threads);
                    model.with_fused(Fused::new(&pool, usize::MAX, usize::MAX, descends))
                };
                case.check(&fused, (backend, &device), DType::F32, 1e-5, 1e-4);
            }
        }
    }
}
