//! Fused training steps on the CPU, on plain slices.
//!
//! A plain step of a small network spends most of its time beside its arithmetic: temporaries, one pass over
//! the memory an operation, bookkeeping of automatic differentiation, scalar calls of `tanh` and `exp`. Here a
//! step is two passes, and whatever one leaves for the other lies in a [`Workspace`] that is kept.
//!
//! 1. **Over the rows** ([`forward_backward`]): each thread takes rows all the way. Inputs are gathered; a
//!    layer's sums, bias, activation and its slope are formed while they are in the cache; softmax,
//!    cross-entropy and their gradient are one loop over the logits; the errors come back in place of the slopes.
//! 2. **Over the weights** ([`gradients`]): each thread takes weights. A gradient is formed in registers, and
//!    where the optimizer is plain gradient descent, the weight takes its step from there: the gradient is never
//!    stored. The new weights go where those of the step before last were. With momentum and Adam the update is one
//!    more pass, over weights, gradients and what is remembered of them ([`update`]).
//!
//! The equations are those of the closed form in [`gradcheck`](mlp_train::gradcheck), which is written to be read.
//!
//! # What each is worth
//! `cargo bench --profile dev --bench kernels` on an AMD EPYC (Zen 3, 2 cores, AVX2), 2026-11-25; microseconds
//! for 64 rows of 784–64–10, two threads. The machine is shared: those of whole steps vary by a fifth.
//!
//! | step of Burn's learner | plain descent | momentum | Adam |
//! |---|---|---|---|
//! | automatic differentiation | 556 | 475 | 849 |
//! | fused, gradients to Burn's optimizer | 132 | 187 | 213 |
//! | fused, update in the kernels | 80 | 127 | 155 |
//!
//! | part | zeros skipped | every value |
//! |---|---|---|
//! | forward and backward, 1 thread | 44 | 102 |
//! | gradients and step, 1 thread | 39 | 80 |
//! | forward and backward, 2 threads | 25 | 60 |
//! | gradients and step, 2 threads | 22 | 44 |
//!
//! - *Zeros are skipped* ([`CompressedRows`]) in the first layer: four fifths of MNIST's pixels. Chosen from the
//!   density of the data; with standardised inputs nothing is zero. Their gradients are summed column by column, so
//!   that the sums stay in registers: which rows have a column is read off a bit matrix that is transposed
//!   (`by_column`).
//! - *Vectors* as wide as the processor's, chosen when the program runs: one binary is fast everywhere.
//! - *Memory* that begins with a line of the cache, in huge pages where it is large (the program's allocator): 7 and 9 % less time
//!   an epoch, zeros skipped and not.
//! - *A team of threads* that stay awake between the parts of a step ([`Team`]): waking one takes as long as a
//!   part does.
//!
//! # The same bits
//! Every sum runs over its terms in one order, one fused multiply-add after the other, whichever thread forms
//! it: the number of threads, the width of the vectors and whether zeros are skipped change no bit. A processor
//! without fused multiply-add rounds otherwise.
//!
//! # Tried, and did not pay
//! - Blocks of 64 inputs instead of 128 for the skipped zeros: a tenth slower, because every block of every row
//!   ends a loop that the processor cannot foresee. Blocks of 256 are no faster.
//! - Columns and values of the skipped zeros as pairs, and where the blocks begin in a table of its own: each
//!   row was then two or three misses of the cache more, a third of the time of gathering.
//! - Closures inside vector code: what the compiler leaves as a call is not compiled for the wide vectors. Where
//!   it happened, the gradient of the first layer took twice as long. Hence loops, and `inline(always)`.
//! - Gradients of the skipped zeros row by row: every term then loads and stores its sums, and a processor stores one
//!   vector a cycle. By columns the first layer's gradient takes a third less.
//! - The weights of a narrow layer read where they lie instead of in panels: 5 % slower with inputs that are not
//!   zero, although nothing is laid out.
//! - All lines of the rows looked at before they are gathered, so that the processor waits for them together: no
//!   faster once they lie in huge pages.
//! - Tiles outside and panels inside, where all panels fit the first-level cache: a tenth slower.
//! - Three parts of a layer's weights for each thread instead of one: no faster.
//! - The weights of a wide layer laid out anew for each pass of the forward sums, and huge pages for blocks of 1 MB and
//!   more: no faster at 784–800–10.
//! - Asking the C library for memory aligned to a line: what is given back does not fit the next block of the same
//!   size, every temporary is fresh memory, and steps with Burn's update took 2.2 times as long.
//! - Workers that sleep between steps: tens of microseconds to wake, as long as half a step.
//!
//! # Without this room
//! Nothing here is needed for a right result. To do without: delete this folder, the dependencies `libc` and `pulp`,
//! `model/fused/`, `training/optimizer/fused.rs`, what `model/stored.rs` keeps for it, and the branches on `Mlp::fused`;
//! `training.gradients` is then `"autodiff"`.

// Functions that hold vectors must become part of the one that was compiled for them.
#![allow(clippy::inline_always)]

mod activation;
mod by_column;
mod compressed;
mod elementary;
mod gradients;
mod laid_out;
mod loss;

mod inputs;
mod panels;
mod pass;
mod product;
mod rules;
mod simd;
mod skipping;
mod team;
mod update;
mod workspace;

pub use compressed::{CompressedBatch, CompressedRows};
pub use gradients::gradients;
pub use inputs::Inputs;
pub use laid_out::LaidOut;
pub use pass::{Loss, forward, forward_backward, forward_laid_out};
pub use rules::{Adam, Momentum, Rule, update};
pub use team::Team;
pub use workspace::Workspace;
