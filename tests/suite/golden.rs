//! Model, loss, gradients and SGD against numbers that `PyTorch` computed in float64.

use burn::tensor::{DType, Device, Tensor, activation};
use burn::train::Learner;
use mlp::config::{Activation, Config, Optimizer, OptimizerSection, Reduction};
use mlp::gradcheck::gradients as gradients_by_hand;
use mlp::kernels::ThreadPool;
use mlp::model::{Fused, Mlp, Objective};
use mlp::training::{is_plain_descent, optimizer};
use serde::Deserialize;

use crate::support::assert_close;
use crate::support::devices::{numbers, tensor, training_devices};
use crate::support::network::{
    Layers, Plain, batch, descend, flat, gradients, layers, smoothed, values,
};

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    layer_sizes: Vec<usize>,
    activation: Activation,
    /// Of loss and gradient alike.
    loss_reduction: Reduction,
    label_smoothing: f64,
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
    weight_decay: f64,
    inputs: Vec<Vec<f64>>,
    targets: Vec<usize>,
    weights: Vec<Vec<Vec<f64>>>,
    biases: Vec<Vec<f64>>,
    logits: Vec<Vec<f64>>,
    probabilities: Vec<Vec<f64>>,
    loss: f64,
    weight_gradients: Vec<Vec<Vec<f64>>>,
    bias_gradients: Vec<Vec<f64>>,
    loss_before_each_step: Vec<f64>,
    final_loss: f64,
    final_weights: Vec<Vec<Vec<f64>>>,
    final_biases: Vec<Vec<f64>>,
}

fn cases() -> Vec<Case> {
    let golden: Golden = serde_json::from_str(include_str!("../fixtures/golden_mlp.json")).unwrap();
    assert_eq!(golden.cases.len(), 5);
    golden.cases
}

impl Case {
    fn plain(&self) -> Plain {
        Plain {
            sizes: self.layer_sizes.clone(),
            layers: layers(&self.weights, &self.biases),
        }
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
                nesterov: self.nesterov,
            },
            weight_decay: self.weight_decay,
            ..Config::default().optimizer
        }
    }

    /// Whether Burn computes its updates in full float64: it holds momentum and penalty in float32.
    fn is_exact(&self) -> bool {
        self.momentum == 0.0 && self.weight_decay == 0.0
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
        let classes = *self.layer_sizes.last().unwrap();
        let objective = Objective {
            reduction: self.loss_reduction,
            ..Objective::default()
        };
        let model = self
            .plain()
            .model(self.activation, objective, device, dtype);
        let descending = method(model.clone(), is_plain_descent(&self.optimizer()));
        let model = method(model, false);
        let targets = smoothed(&self.targets, classes, self.label_smoothing);
        let weight = self.targets.len() as f64;
        let inputs = self.inputs.concat();
        let batch = batch(&inputs, &self.targets, (&targets, weight), device, dtype);

        let rows = [self.inputs.len(), self.layer_sizes[0]];
        let logits: Tensor<2> = model.forward(tensor(&inputs, rows, device, dtype));
        assert_eq!(logits.dtype(), dtype, "{}", what("type"));
        let probabilities = activation::softmax(logits.clone(), 1);
        assert_close(
            &what("logits"),
            &numbers(&logits),
            &self.logits.concat(),
            tolerance,
        );
        let expected = self.probabilities.concat();
        assert_close(
            &what("probabilities"),
            &numbers(&probabilities),
            &expected,
            tolerance,
        );

        let (loss, found) = gradients(&model, batch.clone());
        assert_close(
            &what("loss"),
            &[self.reduced(loss)],
            &[self.loss],
            tolerance,
        );
        let expected = flat(&layers(&self.weight_gradients, &self.bias_gradients));
        assert_close(&what("gradients"), &flat(&found), &expected, tolerance);

        let optimizer = optimizer(&self.optimizer(), descending.fused());
        let mut learner = Learner::new(descending, optimizer, self.learning_rate);
        let steps = self.loss_before_each_step.len();
        let losses = descend(&mut learner, &batch, steps).into_iter();
        let losses: Vec<f64> = losses.map(|mean| self.reduced(mean)).collect();
        assert_close(&what("losses"), &losses, &self.loss_before_each_step, drift);
        let (last, _) = gradients(&method(learner.model(), false), batch);
        assert_close(
            &what("last loss"),
            &[self.reduced(last)],
            &[self.final_loss],
            drift,
        );
        let expected = flat(&layers(&self.final_weights, &self.final_biases));
        assert_close(
            &what("weights"),
            &flat(&values(&learner.model())),
            &expected,
            drift,
        );
    }
}

/// All golden values in float32 on one more training device.
pub fn check_float32(backend: &str, device: &Device, tolerance: f64) {
    for case in cases() {
        let method = |model, _| model;
        case.check(&method, (backend, device), DType::F32, tolerance, tolerance);
    }
}

#[test]
fn the_closed_form_agrees_with_pytorch() {
    for case in cases() {
        let classes = *case.layer_sizes.last().unwrap();
        let targets = smoothed(&case.targets, classes, case.label_smoothing);
        let weight = case.targets.len() as f64;
        let batch = (&case.inputs.concat()[..], &targets[..], weight);
        let plain = case.plain();
        let problem = plain.problem(case.activation, case.loss_reduction, batch);
        let found = gradients_by_hand(&problem, None);
        let found: Layers = found
            .into_iter()
            .map(|layer| (layer.weights.values, layer.biases))
            .collect();
        let expected = flat(&layers(&case.weight_gradients, &case.bias_gradients));
        assert_close(&case.name, &flat(&found), &expected, 1e-12);
    }
}

#[test]
fn float32_agrees_with_pytorch() {
    for (backend, device) in training_devices() {
        for case in cases() {
            let method = |model, _| model;
            case.check(&method, (backend, &device), DType::F32, 1e-5, 1e-4);
        }
    }
}

#[test]
fn the_fused_kernels_agree_with_pytorch() {
    for (backend, device) in training_devices() {
        for case in cases() {
            for threads in [1, 2, 3] {
                let fused = |model: Mlp, descends| {
                    model.with_fused(Fused::new(
                        &ThreadPool::new(threads),
                        usize::MAX,
                        usize::MAX,
                        descends,
                    ))
                };
                case.check(&fused, (backend, &device), DType::F32, 1e-5, 1e-4);
            }
        }
    }
}

#[test]
fn float64_agrees_with_pytorch() {
    for (backend, device) in training_devices() {
        for case in cases() {
            // ndarray's sigmoid rounds to float32 whatever the type.
            let through_f32 = backend == "ndarray" && case.activation == Activation::Sigmoid;
            let tolerance = if through_f32 { 1e-7 } else { 1e-10 };
            let drift = if case.is_exact() { tolerance } else { 1e-6 };
            let method = |model, _| model;
            case.check(&method, (backend, &device), DType::F64, tolerance, drift);
        }
    }
}
