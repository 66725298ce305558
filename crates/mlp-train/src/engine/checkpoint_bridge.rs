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
use mlp_core::network::Network;
use mlp_core::run::{Checkpoint, TrainingState};

/// A checkpointer that passes the record on instead of writing it.
pub(super) struct OptimizerBridge(SyncSender<OptimizerRecord>);

fn write_only() -> CheckpointerError {
    CheckpointerError::Unknown("records are only passed on here".to_owned())
}

impl Checkpointer<OptimizerRecord> for OptimizerBridge {
    fn save(&self, _: usize, record: OptimizerRecord) -> Result<(), CheckpointerError> {
        self.0
            .send(record)
            .map_err(|error| CheckpointerError::Unknown(error.to_string()))
    }

    fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
        Err(write_only())
    }

    fn restore(&self, _: usize) -> Result<OptimizerRecord, CheckpointerError> {
        Err(write_only())
    }
}

/// Ignores what is known already: the model is read from the learner, and the scheduler's position is the step.
pub(super) struct Ignore;

macro_rules! ignore {
    ($record:ty) => {
        impl Checkpointer<$record> for Ignore {
            fn save(&self, _: usize, _: $record) -> Result<(), CheckpointerError> {
                Ok(())
            }

            fn delete(&self, _: usize) -> Result<(), CheckpointerError> {
                Ok(())
            }

            fn restore(&self, _: usize) -> Result<$record, CheckpointerError> {
                Err(write_only())
            }
        }
    };
}
ignore!(ModuleRecord);
ignore!(LrSchedulerRecord);

/// Asks for the records whenever the training loop wants them.
pub(super) struct Always;

impl CheckpointingStrategy for Always {
    fn checkpointing(&mut self, _: usize, _: &EventStoreClient) -> Vec<CheckpointingAction> {
        vec![CheckpointingAction::Save]
    }
}

/// The receiving end.
pub(super) struct OptimizerRecords(Receiver<OptimizerRecord>);

impl OptimizerRecords {
    /// Both ends: a checkpointer for Burn, and the records that come out of it.
    pub fn channel() -> (OptimizerBridge, Self) {
        let (sender, receiver) = sync_channel(1);
        (OptimizerBridge(sender), Self(receiver))
    }

    /// The record of the last request; waits for it.
    pub fn take(&self) -> Option<OptimizerRecord> {
        self.0.recv().ok()
    }
}

/// Packs a network and what Burn has of its optimizer.
///
/// # Errors
/// If Burn cannot.
pub(crate) fn pack(
    network: Network,
    optimizer: OptimizerRecord,
    state: TrainingState,
) -> Result<Checkpoint, RecordError> {
    let optimizer_tensors = optimizer.len();
    Ok(Checkpoint {
        network,
        optimizer: optimizer.into_bytes()?.to_vec(),
        optimizer_tensors,
        state,
    })
}
