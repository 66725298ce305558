//! Fused training steps on the CPU, on plain slices.
//!
//! A plain step of a small network spends most of its time on other things than arithmetic: temporaries, one pass over
//! the memory for each operation, bookkeeping of automatic differentiation, scalar calls of `tanh` and `exp`. Here a
//! step is two passes, and what one leaves for the other is kept in a [`Workspace`].
//!
//! 1. **Over the rows** ([`forward_backward`]): each thread takes some rows all the way. Inputs are gathered; a layer's
//!    sums, bias, activation and slope are computed while they are in the cache; the loss and its gradient
//!    are one loop over the outputs; the errors replace the slopes.
//! 2. **Over the weights** ([`gradients`]): each thread takes some weights. A gradient is computed in registers, and if
//!    the optimizer is plain gradient descent, the weight takes its step from there: the gradient is never stored. The
//!    new weights go to the memory of those of the step before last. Momentum and Adam are one more pass, over weights,
//!    gradients and the optimizer's state ([`apply_step`]).
//!
//! The equations are those of the closed form in `mlp_train::gradcheck`, which is written to be read.
//!
//! # What each part is worth
//! `cargo bench --profile dev --bench kernels` on an AMD EPYC (Zen 3, 2 cores, AVX2), 2026-11-25; microseconds
//! for 64 rows of 784–64–10, two threads. The machine is shared: times of whole steps vary by a fifth.
//!
//! | step of Burn's learner | plain descent | momentum | Adam |
//! |---|---|---|---|
//! | automatic differentiation | 556 | 475 | 849 |
//! | fused, gradients to Burn's optimizer | 132 | 187 | 213 |
//! | fused, update in the kernels | 80 | 127 | 155 |
//!
//! | part | sparse rows | every value |
//! |---|---|---|
//! | forward and backward, 1 thread | 44 | 102 |
//! | gradients and step, 1 thread | 39 | 80 |
//! | forward and backward, 2 threads | 25 | 60 |
//! | gradients and step, 2 threads | 22 | 44 |
//!
//! - *Sparse rows* ([`SparseRows`]): the first layer skips zeros, which are four fifths of MNIST's pixels. Chosen by the
//!   density of the data; standardised inputs have no zeros. Their gradients are summed column by column, so that the
//!   sums stay in registers: which rows have a column is read off a transposed bit matrix.
//! - *Vectors* as wide as the processor's, chosen at run time: one binary is fast everywhere.
//! - *Memory* aligned to cache lines, in huge pages where it is large (the program's allocator): 7 and 9 % less time
//!   for an epoch, with and without sparse rows.
//! - *A pool of threads* that stay awake between the parts of a step ([`ThreadPool`]): waking one takes as long as a
//!   part does. Trainings in one process share the pool.
//!
//! # The same bits
//! Every sum runs over its terms in one order, one fused multiply-add after the other, whichever thread computes it:
//! the number of threads, the width of the vectors and whether zeros are skipped change no bit. A processor without
//! fused multiply-add rounds differently.
//!
//! # Tried, and did not pay
//! - Blocks of 64 columns instead of 128 for sparse rows: a tenth slower, because every block of every row ends a loop
//!   that the processor cannot predict. Blocks of 256 are no faster.
//! - Columns and values of sparse rows as pairs, and a separate table of where the blocks begin: each row was then two
//!   or three more cache misses, a third of the time of gathering.
//! - Closures inside vector code: what the compiler leaves as a call is not compiled for the wide vectors. Where it
//!   happened, the gradient of the first layer took twice as long. Hence loops, and `inline(always)`.
//! - Gradients of sparse rows row by row: every term then loads and stores its sums, and a processor stores one vector
//!   a cycle. By columns the first layer's gradient takes a third less.
//! - The weights of a narrow layer read in place instead of packed into panels: 5 % slower with dense inputs, although
//!   nothing is packed.
//! - Prefetching all lines of the rows before they are gathered, so that the processor waits for them together: no
//!   faster once they are in huge pages.
//! - Tiles in the outer loop and panels in the inner one, where all panels fit the first-level cache: a tenth slower.
//! - Three parts of a layer's weights for each thread instead of one: no faster.
//! - The weights of a wide layer packed again for each pass of the forward sums, and huge pages for blocks of 1 MB and
//!   more: no faster at 784–800–10.
//! - Asking the C library for memory aligned to a line: what is freed does not fit the next block of the same size,
//!   every temporary is fresh memory, and steps with Burn's update took 2.2 times as long.
//! - Workers that sleep between steps: tens of microseconds to wake, as long as half a step.
//!
//! # What depends on it
//! The speed, not the results: with `training.gradients = "autodiff"` Burn computes the same steps without these
//! kernels, up to rounding.

// Functions that take vectors must be inlined into the one that is compiled for the processor's instructions.
#![allow(clippy::inline_always)]

mod activation;
mod dense;
mod gradients;
mod loss;
mod optimizer_step;
mod pass;
mod simd;
mod sparse;
mod thread_pool;
mod workspace;

pub use dense::PackedWeights;
pub use gradients::gradients;
pub use loss::Loss;
pub use optimizer_step::{
    AdaGrad, Adam, Descent, Lion, Momentum, OptimizerStep, RmsProp, apply_step,
};
pub use pass::{Inputs, forward, forward_backward, forward_packed};
pub use sparse::{SparseBatch, SparseRows};
pub use thread_pool::ThreadPool;
pub use workspace::Workspace;

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::config::Activation;
    use crate::network::{Layer, Network};
    use crate::task;

    const SIZES: [usize; 4] = [300, 70, 9, 5];
    const ROWS: usize = 90;

    fn noise(index: usize) -> f32 {
        let bits = (index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
        bits as f32 / (1 << 24) as f32 - 0.5
    }

    /// Takes some steps, three with the gradients only and three of plain descent, and returns the weights.
    fn train(pool: &ThreadPool, inputs: &Inputs<'_>) -> Vec<Layer> {
        let layers = SIZES.windows(2).map(|size| Layer {
            weight: (0..size[0] * size[1]).map(noise).collect::<Vec<_>>(),
            bias: vec![0.1; size[1]],
        });
        let mut network = Network {
            layers: layers.collect(),
            activation: Activation::Tanh,
        };
        let classes = SIZES[3];
        let targets: Vec<_> = (0..ROWS * classes)
            .map(|i| f32::from(u8::from(i / classes % classes == i % classes)))
            .collect();
        let loss = Loss {
            kind: task::Loss::CrossEntropy,
            targets: &targets,
            weights: &[],
            scale: 1.0 / ROWS as f32,
            masks: &[],
        };
        let mut workspace = Workspace::default();
        let mut velocities = network.layers.clone();
        for step in 0..6 {
            let mut next = network.layers.clone();
            let slices = next.iter_mut().map(|layer| Layer {
                weight: layer.weight.as_mut_slice(),
                bias: layer.bias.as_mut_slice(),
            });
            let view = network.view();
            forward_backward(pool, &view, inputs, &loss, &mut workspace);
            let rate = (step < 3).then_some(0.1);
            gradients(pool, &view, inputs, &mut workspace, rate, slices.collect());
            if rate.is_none() {
                let momentum = Momentum {
                    rate: 0.05,
                    momentum: 0.9,
                    decay: 0.01,
                    nesterov: false,
                };
                let layers = network.layers.iter().zip(&mut next).zip(&mut velocities);
                for ((old, new), velocity) in layers {
                    let velocity = &mut velocity.weight;
                    apply_step(pool, momentum, &old.weight, &mut new.weight, [velocity]);
                }
            }
            network.layers = next;
        }
        network.layers
    }

    #[test]
    fn trainings_that_share_a_pool_have_the_bits_of_one_that_is_alone() {
        let bytes: Vec<_> = (0..ROWS * SIZES[0])
            .map(|i| if noise(i) > 0.3 { (i % 255) as u8 } else { 0 })
            .collect();
        let table = std::array::from_fn(|byte| byte as f32 / 255.0);
        let scaled: Vec<_> = bytes.iter().map(|byte| table[usize::from(*byte)]).collect();
        let rows = SparseRows::from_bytes(&bytes, SIZES[0], table).unwrap();
        let rows_of_inputs = SparseRows::from_inputs(ROWS, SIZES[0], |row, out| {
            out.copy_from_slice(&scaled[row * SIZES[0]..][..SIZES[0]]);
        })
        .unwrap();
        let numbers: Vec<_> = (0..ROWS as u32).collect();
        let [sparse, sparse_inputs] = [&rows, &rows_of_inputs].map(|rows| {
            Inputs::Sparse(SparseBatch {
                rows,
                numbers: &numbers,
            })
        });
        let dense = Inputs::Scaled(&scaled);
        let expected = train(&ThreadPool::new(1), &dense);
        assert!(expected.iter().flat_map(Layer::values).all(f32::is_finite));
        for threads in [1, 2, 3, 5] {
            let pool = ThreadPool::new(threads);
            thread::scope(|scope| {
                for inputs in [&sparse, &dense, &sparse_inputs, &dense] {
                    let (pool, expected) = (pool.limited_to(3), &expected);
                    scope.spawn(move || {
                        for _ in 0..3 {
                            assert!(train(&pool, inputs) == *expected, "{threads} threads");
                        }
                    });
                }
            });
        }
    }
    #[test]
    fn rows_of_few_zeros_are_not_sparse() {
        let columns = 200;
        let with_share = |share: usize| {
            SparseRows::from_inputs(50, columns, |row, out| {
                for (column, out) in out.iter_mut().enumerate() {
                    *out = f32::from(u8::from((row + column) % 10 < share));
                }
            })
        };
        assert!(with_share(3).is_some());
        assert!(with_share(4).is_none());
    }

    #[test]
    fn a_batch_without_rows_has_gradients_of_zero() {
        let rows = SparseRows::from_inputs(3, SIZES[0], |_, out| out.fill(0.0)).unwrap();
        let sparse = Inputs::Sparse(SparseBatch {
            rows: &rows,
            numbers: &[],
        });
        let network = Network {
            layers: vec![Layer {
                weight: (0..SIZES[0] * 70).map(noise).collect::<Vec<_>>(),
                bias: vec![0.1; 70],
            }],
            activation: Activation::Tanh,
        };
        let loss = Loss {
            kind: task::Loss::CrossEntropy,
            targets: &[],
            weights: &[],
            scale: 1.0,
            masks: &[],
        };
        let pool = ThreadPool::new(2);
        for inputs in [sparse, Inputs::Scaled(&[])] {
            let mut workspace = Workspace::default();
            let mut next = network.layers.clone();
            let view = network.view();
            forward_backward(&pool, &view, &inputs, &loss, &mut workspace);
            let slices = next.iter_mut().map(|layer| Layer {
                weight: layer.weight.as_mut_slice(),
                bias: layer.bias.as_mut_slice(),
            });
            gradients(
                &pool,
                &view,
                &inputs,
                &mut workspace,
                Some(0.1),
                slices.collect(),
            );
            assert!(next == network.layers);
        }
    }
}
