//! The program's allocator, which aligns large blocks.
//!
//! The weights are vectors that Burn's tensors own, and the rows are vectors of the data set: their alignment can be
//! chosen for all vectors only, by the program's allocator.

use std::alloc::{GlobalAlloc, Layout, System};

/// Bytes of a cache line.
const CACHE_LINE: usize = 64;
/// Smallest block that is aligned to a cache line: the weights of a layer, but not each of the thousand small blocks of
/// a step.
const MIN_ALIGNED: usize = 1 << 12;
/// Bytes of a huge page, on x86-64 and most of ARM.
const HUGE_PAGE: usize = 1 << 21;
/// Smallest block for which huge pages are asked for.
const MIN_HUGE: usize = 2 * HUGE_PAGE;

/// Has the C library return freed blocks of 128 kB and more to the system at once, for programs that run for long: by
/// default it keeps ever larger ones, and a server would keep the most memory that it ever held.
pub fn return_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the C library's allocator, with values that its manual allows.
    #[allow(unsafe_code)]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}

/// The system's allocator, with large blocks aligned for the kernels.
///
/// Blocks of some thousand bytes are aligned to a cache line: a vector register that is loaded from two lines takes
/// twice as long, and the system begins large blocks 16 bytes behind a line. Blocks of some megabytes ask Linux for
/// huge pages: the rows of a batch, which lie all over the memory, then seldom need another entry of the page table.
///
/// An aligned block lies in a larger one of the system, and is preceded by its offset in that one. To ask the system for
/// the alignment would be simpler, but what is freed would then be too small for the next block of the same size, and
/// every temporary of a step would be fresh memory.
#[derive(Debug)]
pub struct PlacedMemory;

/// How a large block lies in a block of the system.
struct Placement {
    /// Layout of the block of the system.
    outer: Layout,
    /// Alignment of the block.
    align: usize,
}

impl Placement {
    /// Alignment of the block of the system, so that the offset fits between its start and the next cache line.
    const OUTER_ALIGN: usize = 16;

    /// Returns the placement of a block; `None` for a small one, which is the system's own. A function of the layout
    /// alone, so that memory is freed as it was allocated.
    fn of(layout: Layout) -> Option<Self> {
        let align = match layout.size() {
            ..MIN_ALIGNED => return None,
            MIN_ALIGNED..MIN_HUGE => CACHE_LINE,
            MIN_HUGE.. => HUGE_PAGE,
        }
        .max(layout.align());
        let size = layout.size().checked_add(align)?;
        let outer = Layout::from_size_align(size, Self::OUTER_ALIGN).ok()?;
        Some(Self { outer, align })
    }

    /// Returns the block within a block of the system, `start`, with the layout `outer`.
    ///
    /// # Safety
    /// `start` is null or a block with the layout `outer` that nothing else uses.
    #[allow(unsafe_code, clippy::cast_ptr_alignment)] // the block is aligned to a cache line
    unsafe fn block_in(&self, start: *mut u8) -> *mut u8 {
        if start.is_null() {
            return start;
        }
        let offset = self.align - start.addr() % self.align;
        // SAFETY: both addresses are multiples of 16, so that `offset` is at least 16 and at most `align`, by which
        // `outer` is larger than the block.
        unsafe {
            let block = start.add(offset);
            block.cast::<usize>().sub(1).write(offset);
            block
        }
    }
}

// SAFETY: small blocks are the system's, with the layout asked for. A large one lies within a block of the system's,
// at a multiple of the layout's alignment or more; it is given back by the distance that precedes it, with the layout
// that `Placement::of` forms of the same layout again. `realloc` is the trait's own and built on these.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for PlacedMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { allocate(layout, GlobalAlloc::alloc) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { allocate(layout, GlobalAlloc::alloc_zeroed) }
    }

    #[allow(clippy::cast_ptr_alignment)] // the block is aligned to a cache line
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match Placement::of(layout) {
            None => unsafe { System.dealloc(block, layout) },
            Some(placement) => unsafe {
                let offset = block.cast::<usize>().sub(1).read();
                System.dealloc(block.sub(offset), placement.outer);
            },
        }
    }
}

/// Allocates a block of this layout by a function of the system.
///
/// # Safety
/// As for [`GlobalAlloc::alloc`].
#[allow(unsafe_code)]
#[inline]
unsafe fn allocate(layout: Layout, system: unsafe fn(&System, Layout) -> *mut u8) -> *mut u8 {
    let Some(placement) = Placement::of(layout) else {
        return unsafe { system(&System, layout) };
    };
    let block = unsafe { placement.block_in(system(&System, placement.outer)) };
    advise_huge_pages(block, layout);
    block
}

/// Asks for huge pages if the block is large enough. Whether the system grants them changes no value.
#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
fn advise_huge_pages(block: *mut u8, layout: Layout) {
    #[cfg(target_os = "linux")]
    if layout.size() >= MIN_HUGE && !block.is_null() {
        // SAFETY: the block and its length are those just allocated, and advice changes no value.
        #[allow(unsafe_code)]
        unsafe {
            libc::madvise(block.cast(), layout.size(), libc::MADV_HUGEPAGE)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static MEMORY: PlacedMemory = PlacedMemory;

    #[test]
    fn large_vectors_begin_with_a_line_or_a_page_and_keep_their_values_as_they_grow() {
        let mut values = Vec::new();
        let expected: Vec<u8> = (0..=250).cycle().take(MIN_HUGE + 1).collect();
        for number in &expected {
            values.push(*number);
            let align = match values.capacity() {
                ..MIN_ALIGNED => 1,
                MIN_ALIGNED..MIN_HUGE => CACHE_LINE,
                MIN_HUGE.. => HUGE_PAGE,
            };
            assert_eq!(values.as_ptr().addr() % align, 0, "{}", values.capacity());
        }
        assert_eq!(values, expected);
    }

    #[test]
    fn zeroed_blocks_are_zero() {
        for size in [MIN_ALIGNED - 1, MIN_ALIGNED, MIN_HUGE + 1] {
            drop(vec![u8::MAX; size]);
            assert!(vec![0_u8; size].iter().all(|byte| *byte == 0), "{size}");
        }
    }
}
