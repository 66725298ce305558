//! What holds if nothing is written: Linear–tanh–Linear on MNIST, trained by plain SGD.

use super::augment::AugmentSection;
use super::kinds::{
    Activation, BackendKind, ClassWeightRule, ClassWeights, GradientMethod, Initialization,
    InitializationKind, InitializationTable, OptimizerKind, Reduction, ScheduleKind,
    StoppingMetric,
};
use super::sections::{
    CheckpointSection, Config, DataSection, EarlyStoppingSection, ModelSection, OptimizerSection,
    ScheduleSection, TrainingSection,
};

impl Default for Config {
    fn default() -> Self {
        Self {
            name: "mlp".to_owned(),
            seed: 42,
            backend: BackendKind::Flex,
            device: "auto".to_owned(),
            data: DataSection::default(),
            model: ModelSection::default(),
            optimizer: OptimizerSection::default(),
            schedule: ScheduleSection::default(),
            augment: AugmentSection::default(), // all off
            training: TrainingSection::default(),
            checkpoint: CheckpointSection::default(),
            early_stopping: EarlyStoppingSection::default(),
        }
    }
}

impl Default for ModelSection {
    fn default() -> Self {
        let normal = Initialization::Table(InitializationTable {
            kind: InitializationKind::Normal,
            mean: None,
            std: Some(0.3),
            bound: None,
        });
        Self {
            hidden: vec![64],
            activation: Activation::Tanh,
            weight_init: normal,
            bias_init: normal,
            dropout: 0.0,
        }
    }
}

impl Default for OptimizerSection {
    fn default() -> Self {
        Self {
            kind: OptimizerKind::Sgd,
            learning_rate: 0.1,
            gradient_reduction: Reduction::Mean,
            clip_norm: 0.0,
            weight_decay: 0.0,
            momentum: None,
            nesterov: None,
            beta1: None,
            beta2: None,
            alpha: None,
            epsilon: None,
        }
    }
}

impl Default for ScheduleSection {
    fn default() -> Self {
        Self {
            kind: ScheduleKind::Constant,
            warmup_epochs: 0.0,
            epochs: None,
            every_epochs: None,
            factor: None,
            drop: None,
            drop_at_start: None,
            final_share: None,
            climb: None,
        }
    }
}

impl Default for TrainingSection {
    fn default() -> Self {
        Self {
            epochs: 50,
            steps_per_epoch: 0,
            batch_size: 64,
            drop_last: true,
            label_smoothing: 0.0,
            class_weights: ClassWeights::Named(ClassWeightRule::None),
            log_every_steps: 50,
            evaluate_every_steps: 0,
            gradients: GradientMethod::Auto,
            threads: 0,
            report: true,
        }
    }
}

impl Default for CheckpointSection {
    fn default() -> Self {
        Self {
            every_epochs: 1,
            every_steps: 0,
            keep_last: 2,
            keep_best: true,
        }
    }
}

impl Default for EarlyStoppingSection {
    fn default() -> Self {
        Self {
            metric: StoppingMetric::ValidationLoss,
            patience: 0,
            stop_when: None,
        }
    }
}
