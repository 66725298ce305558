//! The learning rate: a pure function of the step and of recorded drops.

use std::sync::{Arc, Mutex, PoisonError};

use burn::lr_scheduler::{LrScheduler, LrSchedulerRecord};

use mlp_core::config::{Schedule, ScheduleSection};

/// Rate of `one_cycle`'s first step, as a share of the peak (Smith and Topin 2018, as `PyTorch` has it).
const ONE_CYCLE_START: f64 = 1.0 / 25.0;

/// The learning rate of every step of a training.
#[derive(Clone, Debug, PartialEq)]
pub struct LearningRateSchedule {
    base: f64,
    curve: Schedule,
    steps_per_epoch: f64,
    warmup_steps: f64,
    horizon_steps: f64,
}

/// From 1 at `progress` 0 to 0 at 1, along half a cosine.
fn half_cosine(progress: f64) -> f64 {
    f64::midpoint(1.0, libm::cos(std::f64::consts::PI * progress))
}

impl LearningRateSchedule {
    /// Makes the schedule of a validated section.
    ///
    /// `horizon_epochs` is where `linear`, `cosine` and `one_cycle` end: `schedule.epochs`, or the number of
    /// epochs that the first run was to last.
    #[must_use]
    pub fn new(
        section: &ScheduleSection,
        base: f64,
        steps_per_epoch: usize,
        horizon_epochs: f64,
    ) -> Self {
        let steps_per_epoch = steps_per_epoch as f64;
        Self {
            base,
            curve: section.kind,
            steps_per_epoch,
            warmup_steps: section.warmup_epochs * steps_per_epoch,
            horizon_steps: horizon_epochs * steps_per_epoch,
        }
    }

    /// Returns whether the update after `step` updates belongs to the warm-up.
    #[must_use]
    pub fn is_warming_up(&self, step: u64) -> bool {
        (step as f64) < self.warmup_steps
    }

    /// Returns the rate of the update after `step` updates. `drops` are the numbers of updates after which
    /// `reduce_on_plateau` dropped it.
    #[must_use]
    pub fn rate(&self, step: u64, drops: &[u64]) -> f64 {
        let drops = drops.iter().filter(|drop| **drop <= step).count();
        let step = step as f64;
        if step < self.warmup_steps {
            return self.base * (step + 1.0) / (self.warmup_steps + 1.0);
        }
        let epoch = step / self.steps_per_epoch;
        let span = (self.horizon_steps - self.warmup_steps).max(1.0);
        let progress = ((step - self.warmup_steps) / span).min(1.0);
        let between = |start: f64, end: f64, share: f64| end + (start - end) * share;
        let share = match self.curve {
            Schedule::Constant => 1.0,
            Schedule::Step {
                every_epochs,
                factor,
            } => libm::pow(factor, (epoch / every_epochs as f64).floor()),
            Schedule::LinearDrop {
                every_epochs,
                drop,
                drop_at_start,
            } => {
                let first = f64::from(u8::from(drop_at_start));
                let drops = (epoch / every_epochs as f64).floor() + first;
                return (self.base - drop * drops).max(0.0);
            }
            Schedule::Linear { final_share, .. } => between(1.0, final_share, 1.0 - progress),
            Schedule::ReduceOnPlateau {
                factor, min_rate, ..
            } => return (self.base * libm::pow(factor, drops as f64)).max(min_rate),
            Schedule::Exponential { factor } => {
                libm::pow(factor, (step - self.warmup_steps) / self.steps_per_epoch)
            }
            Schedule::Cosine { final_share, .. } => {
                between(1.0, final_share, half_cosine(progress))
            }
            Schedule::OneCycle { climb, .. } if progress < climb => {
                between(ONE_CYCLE_START, 1.0, half_cosine(progress / climb))
            }
            Schedule::OneCycle {
                climb, final_share, ..
            } => between(
                1.0,
                final_share,
                half_cosine((progress - climb) / (1.0 - climb)),
            ),
        };
        self.base * share
    }
}

/// Drops of the rate that the training loop records, shared with the clock, which Burn's `Learner` owns.
#[derive(Clone, Debug, Default)]
pub(crate) struct RecordedDrops(Arc<Mutex<Vec<u64>>>);

impl RecordedDrops {
    pub fn new(drops: Vec<u64>) -> Self {
        Self(Arc::new(Mutex::new(drops)))
    }

    pub fn replace(&self, drops: &[u64]) {
        let mut own = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        own.clear();
        own.extend_from_slice(drops);
    }
}

/// The schedule as Burn's `Learner` steps it: a counter. Position and drops are all its state.
#[derive(Clone)]
pub(crate) struct ScheduleClock {
    pub schedule: LearningRateSchedule,
    pub next_step: u64,
    pub drops: RecordedDrops,
}

impl LrScheduler for ScheduleClock {
    fn step(&mut self) -> f64 {
        self.next_step += 1;
        let drops = self.drops.0.lock().unwrap_or_else(PoisonError::into_inner);
        self.schedule.rate(self.next_step - 1, &drops)
    }

    fn to_record(&self) -> LrSchedulerRecord {
        LrSchedulerRecord::new().with_scalar("next_step", self.next_step)
    }

    fn load_record(&mut self, record: LrSchedulerRecord) {
        self.next_step = record.scalar("next_step").unwrap_or(self.next_step);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(kind: Schedule) -> LearningRateSchedule {
        warmed_up(kind, 0.0)
    }

    fn warmed_up(kind: Schedule, warmup_epochs: f64) -> LearningRateSchedule {
        let section = ScheduleSection {
            kind,
            warmup_epochs,
        };
        LearningRateSchedule::new(&section, 0.2, 10, 20.0)
    }

    fn linear(final_share: f64) -> Schedule {
        Schedule::Linear {
            epochs: None,
            final_share,
        }
    }

    fn cosine(final_share: f64) -> Schedule {
        Schedule::Cosine {
            epochs: None,
            final_share,
        }
    }

    fn one_cycle(final_share: f64) -> Schedule {
        Schedule::OneCycle {
            epochs: None,
            final_share,
            climb: 0.3,
        }
    }

    fn assert_close(actual: f64, expected: f64) {
        assert!(
            (actual - expected).abs() < 1e-12,
            "{actual} is not {expected}"
        );
    }

    #[test]
    fn linear_drop_falls_at_epoch_0_and_5() {
        let drops = |drop_at_start| {
            schedule(Schedule::LinearDrop {
                every_epochs: 5,
                drop: 0.05,
                drop_at_start,
            })
        };
        for (step, rate) in [(0, 0.15), (49, 0.15), (50, 0.10), (99, 0.10), (200, 0.0)] {
            assert_close(drops(true).rate(step, &[]), rate);
        }
        assert_close(drops(false).rate(0, &[]), 0.2);
        assert_close(drops(false).rate(50, &[]), 0.15);
    }

    #[test]
    fn step_and_exponential_multiply() {
        let step = schedule(Schedule::Step {
            every_epochs: 2,
            factor: 0.5,
        });
        assert_close(step.rate(19, &[]), 0.2);
        assert_close(step.rate(20, &[]), 0.1);
        let exponential = schedule(Schedule::Exponential { factor: 0.25 });
        assert_close(exponential.rate(5, &[]), 0.1);
        assert_close(exponential.rate(10, &[]), 0.05);
    }

    #[test]
    fn a_plateau_drops_the_rate_from_its_step_on_and_never_below_the_least() {
        let plateau = warmed_up(
            Schedule::ReduceOnPlateau {
                factor: 0.1,
                patience: 3,
                min_delta: 0.0,
                min_rate: 0.01,
            },
            1.0,
        );
        let drops = [40, 70];
        for (step, rate) in [(10, 0.2), (39, 0.2), (40, 0.02), (69, 0.02), (70, 0.01)] {
            assert_close(plateau.rate(step, &drops), rate);
        }
        assert_close(plateau.rate(0, &drops), 0.2 / 11.0);
        assert_close(plateau.rate(200, &[]), 0.2);
    }

    #[test]
    fn curves_with_a_horizon_reach_their_last_rate_there_and_stay() {
        for kind in [linear(0.1), cosine(0.1), one_cycle(0.1)] {
            let curve = schedule(kind);
            assert_close(curve.rate(200, &[]), 0.02);
            assert_close(curve.rate(500, &[]), 0.02);
            assert!(curve.rate(100, &[]) > 0.02);
        }
        assert_close(schedule(linear(0.0)).rate(50, &[]), 0.15);
        assert_close(schedule(cosine(0.0)).rate(100, &[]), 0.1);
    }

    #[test]
    fn one_cycle_climbs_to_the_peak() {
        let cycle = schedule(one_cycle(1e-4));
        assert_close(cycle.rate(0, &[]), 0.2 / 25.0);
        assert_close(cycle.rate(60, &[]), 0.2);
        assert!((0..60).all(|step| cycle.rate(step, &[]) < cycle.rate(step + 1, &[])));
        assert!((60..199).all(|step| cycle.rate(step, &[]) > cycle.rate(step + 1, &[])));
    }

    #[test]
    fn warm_up_climbs_linearly_before_any_curve() {
        let warm = warmed_up(cosine(0.0), 1.0);
        assert_close(warm.rate(0, &[]), 0.2 / 11.0);
        assert!((0..10).all(|step| warm.rate(step, &[]) < warm.rate(step + 1, &[])));
        assert_close(warm.rate(10, &[]), 0.2);
        assert_close(warm.rate(200, &[]), 0.0);
    }
}
