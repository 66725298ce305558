//! Gets the records of a `Learner` out of it: its optimizer is private, and Burn's own checkpointers
//! write three files one by one. These hand them over, so that they are saved as one whole.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use burn::lr_scheduler::LrSchedulerRecord;
use burn::optim::OptimizerRecord;
use burn::store::{ModuleRecord, RecordError};
use burn::train::checkpoint::{
    Checkpointer, CheckpointerError, CheckpointingAction, CheckpointingStrategy,
};
use burn::train::metric::store::EventStoreClient;
use mlp_core::run::{Checkpoint, TrainingState};

/// A checkpointer that passes the record on instead of writing it.
pub(super) struct HandOver<R>(SyncSender<R>);

fn only_hands_over() -> CheckpointerError {
    CheckpointerError::Unknown("records are only handed over here".to_owned())
}

macro_rules! hand_over {
    ($record:ty) => {
        impl Checkpointer<$record> for HandOver<$record> {
            fn save(&self, _: usize, record: $record) -> Result<(), CheckpointerError> {
                self.0
                    .send(record)
                    .map_err(|error| CheckpointerError::Unknown(error.to_string()))
            }

            fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
                Err(only_hands_over())
            }

            fn restore(&self, _: usize) -> Result<$record, CheckpointerError> {
                Err(only_hands_over())
            }
        }
    };
}
hand_over!(ModuleRecord);
hand_over!(OptimizerRecord);

/// The scheduler's position is the step, which the training state holds.
pub(super) struct Ignore;

impl Checkpointer<LrSchedulerRecord> for Ignore {
    fn save(&self, _: usize, _: LrSchedulerRecord) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Ok(())
    }

    fn restore(&self, _: usize) -> Result<LrSchedulerRecord, CheckpointerError> {
        Err(only_hands_over())
    }
}

/// Asks for the records whenever the training loop wants them.
pub(super) struct Always;

impl CheckpointingStrategy for Always {
    fn checkpointing(&mut self, _: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}

/// The receiving end.
pub(super) struct Records {
    model: Receiver<ModuleRecord>,
    optimizer: Receiver<OptimizerRecord>,
}

impl Records {
    /// Both ends: checkpointers for Burn, and the records that come out of them.
    pub fn channel() -> (HandOver<ModuleRecord>, HandOver<OptimizerRecord>, Self) {
        let (send_model, model) = sync_channel(1);
        let (send_optimizer, optimizer) = sync_channel(1);
        (
            HandOver(send_model),
            HandOver(send_optimizer),
            Self { model, optimizer },
        )
    }

    /// The records of the last request; waits for them.
    pub fn take(&self) -> Option<(ModuleRecord, OptimizerRecord)> {
        Some((self.model.recv().ok()?, self.optimizer.recv().ok()?))
    }
}

/// Packs what Burn has of a network and its optimizer.
///
/// # Errors
/// If Burn cannot.
pub(super) fn pack(
    model: ModuleRecord,
    optimizer: OptimizerRecord,
    state: TrainingState,
) -> Result<Checkpoint, RecordError> {
    let optimizer_tensors = optimizer.len();
    Ok(Checkpoint {
        model: model.into_bytes()?.to_vec(),
        optimizer: optimizer.into_bytes()?.to_vec(),
        optimizer_tensors,
        state,
    })
}
