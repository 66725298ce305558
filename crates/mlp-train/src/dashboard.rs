//! Burn's full-screen dashboard as a callback.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use burn::train::Interrupter;
use burn::train::logger::TrainingProgressLogger as _;
use burn::train::metric::{
    MetricDefinition, MetricEntry, MetricId, NumericAttributes, NumericEntry, SerializedEntry,
};
use burn::train::renderer::tui::TuiMetricsRendererWrapper;
use burn::train::renderer::{MetricState, MetricsRenderer as _, MetricsRendererTraining as _};
use mlp_core::run::{MetricsRecord, Scope, Split};
use mlp_core::task::{Direction, Metric};

use crate::callback::{Callback, Flow, Progress};
use crate::error::Error;

const LEARNING_RATE: &str = "Learning rate";

/// Shows a training on Burn's dashboard, which takes over the terminal from the first update to the end.
///
/// A stop that is requested there ends the training as [`Cancel`](crate::Cancel) does.
#[derive(Default)]
pub struct Dashboard {
    screen: Option<Screen>,
    /// Set when its user closed the dashboard.
    is_closed: bool,
}

/// The open dashboard.
struct Screen {
    renderer: TuiMetricsRendererWrapper,
    interrupter: Interrupter,
    steps_per_epoch: usize,
    /// Epoch shown, counted from 1.
    epoch: usize,
}

impl Dashboard {
    /// Creates a dashboard; it opens with the training.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws with Burn's renderer, which panics if its user kills the training. The training then stops with a
    /// checkpoint, like any other that is stopped.
    fn draw(&mut self, work: impl FnOnce(&mut Screen)) {
        if let Some(mut screen) = self.screen.take() {
            let drawn = catch_unwind(AssertUnwindSafe(move || {
                work(&mut screen);
                screen
            }));
            self.is_closed = drawn.is_err();
            self.screen = drawn.ok();
        }
    }
}

impl Screen {
    fn open(progress: &Progress) -> Self {
        let interrupter = Interrupter::new();
        let mut renderer = TuiMetricsRendererWrapper::new(interrupter.clone(), None);
        let metrics = progress.scores.iter();
        let metrics = metrics.map(|(metric, _)| (label(metric), metric.direction()));
        for (name, direction) in metrics.chain([(LEARNING_RATE, Direction::Minimize)]) {
            renderer.register_metric(MetricDefinition {
                metric_id: id(name),
                name: Arc::new(name.to_owned()),
                description: None,
                attributes: NumericAttributes {
                    unit: None,
                    higher_is_better: direction == Direction::Maximize,
                }
                .into(),
            });
        }
        renderer.start(progress.epochs, progress.epoch, None, None);
        let steps = progress.steps / (progress.epochs.max(1) as u64);
        let mut screen = Self {
            renderer,
            interrupter,
            steps_per_epoch: usize::try_from(steps).unwrap_or(usize::MAX),
            epoch: progress.epoch,
        };
        screen.start_epoch(progress.epoch);
        screen
    }

    fn start_epoch(&mut self, epoch: usize) {
        self.epoch = epoch;
        self.renderer.start_split("train", self.steps_per_epoch);
    }

    fn show(&mut self, name: &str, split: Split, value: f64) {
        let text = SerializedEntry {
            formatted: format!("{value:.4}"),
            serialized: value.to_string(),
        };
        let entry = MetricEntry::new(id(name), text);
        let state = MetricState::Numeric(entry, Some(NumericEntry::Value(value)));
        match split {
            Split::Train => self.renderer.update_train(state),
            Split::Validation | Split::Test => self.renderer.update_valid(state),
        }
    }
}

/// Returns the name of a metric on the dashboard.
const fn label(metric: Metric) -> &'static str {
    match metric {
        Metric::Loss => "Loss",
        Metric::LogLoss => "Log loss",
        Metric::Accuracy => "Accuracy",
        Metric::BalancedAccuracy => "Balanced accuracy",
        Metric::Precision => "Precision",
        Metric::Recall => "Recall",
        Metric::F1 => "F1",
        Metric::RocAuc => "ROC AUC",
        Metric::AveragePrecision => "Average precision",
        Metric::Brier => "Brier score",
        Metric::Mcc => "Matthews correlation",
        Metric::Top2Accuracy => "Top-2 accuracy",
        Metric::Rmse => "RMSE",
        Metric::Mae => "MAE",
        Metric::R2 => "R²",
        Metric::MedianAbsoluteError => "Median absolute error",
    }
}

fn id(name: &str) -> MetricId {
    MetricId::new(Arc::new(name.to_owned()))
}

impl Callback for Dashboard {
    fn on_step(&mut self, _: u64) -> Result<Flow, Error> {
        let screen = self.screen.as_ref();
        let asked = screen.is_some_and(|screen| screen.interrupter.should_stop());
        Ok(if asked || self.is_closed {
            Flow::Stop
        } else {
            Flow::Continue
        })
    }

    fn on_progress(&mut self, progress: &Progress) {
        if self.screen.is_none() && !self.is_closed {
            self.screen = Some(Screen::open(progress));
        }
        self.draw(|screen| {
            if screen.epoch != progress.epoch {
                screen.start_epoch(progress.epoch);
            }
            let done = screen.steps_per_epoch * (progress.epoch - 1);
            let step = usize::try_from(progress.step).unwrap_or(usize::MAX);
            screen.renderer.update_split(step.saturating_sub(done));
        });
    }

    fn on_metrics(&mut self, record: &MetricsRecord) -> Result<(), Error> {
        if record.scope != Scope::Epoch {
            self.draw(|screen| {
                for (metric, value) in record.scores.iter() {
                    screen.show(label(metric), record.split, value);
                }
                if record.split == Split::Train {
                    screen.show(LEARNING_RATE, record.split, record.learning_rate);
                }
            });
        }
        Ok(())
    }

    fn on_epoch(&mut self, progress: &Progress, _: Option<&MetricsRecord>) -> Result<Flow, Error> {
        self.draw(|screen| {
            screen.renderer.end_split();
            screen.renderer.update_epoch(progress.epoch - 1);
        });
        Ok(Flow::Continue)
    }

    fn on_end(&mut self) -> Result<(), Error> {
        self.draw(|screen| screen.renderer.end());
        let screen = self.screen.take();
        // Gives the terminal back; after a kill this panics as well.
        self.is_closed |= catch_unwind(AssertUnwindSafe(move || drop(screen))).is_err();
        Ok(())
    }
}
