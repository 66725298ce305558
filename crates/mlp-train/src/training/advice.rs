//! Where a GPU is no help.

use super::Prepared;
use crate::backend;
use crate::model::parameter_counts;

/// Rows times weights of an update below which starting its kernels, some fifty of a few microseconds each,
/// takes longer than a CPU takes for the whole update: 6 operations a weight and row, at some 10¹¹ a second.
const LITTLE_WORK: usize = 8_000_000;

/// Says so if the CPU is likely to train this faster than the device that was chosen.
///
/// From the kind of device and the size of an update alone; `mlp doctor` measures.
#[must_use]
pub fn device_advice(prepared: &Prepared) -> Option<String> {
    let config = &prepared.config;
    let adapter = backend::adapter(config.backend, &config.device)?;
    if adapter.is_software() {
        return Some(format!(
            "{} is a driver that computes on the CPU what a GPU would: --backend flex is much faster here",
            adapter.name
        ));
    }
    let weights: usize = parameter_counts(&prepared.layer_sizes).iter().sum();
    let rows = prepared.batches.batch_size();
    (rows.saturating_mul(weights) < LITTLE_WORK).then(|| {
        format!(
            "an update of {rows} rows through {weights} weights is little work for a GPU, which spends its time starting \
             kernels: --backend flex may be faster (`mlp doctor` measures both), or a larger training.batch_size"
        )
    })
}
