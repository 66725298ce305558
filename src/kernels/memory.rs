//! Where the program's memory lies.
//!
//! The weights are vectors that Burn's tensors own, and the rows are vectors of the data set's: where they begin
//! can be chosen for all vectors only, by the program's allocator.

use std::alloc::{GlobalAlloc, Layout, System};

/// Bytes that come into the cache together.
const LINE: usize = 64;
/// Smallest block that begins with a line of the cache: a layer's weights, but not each of the thousand small
/// things that a step makes.
const LARGE: usize = 1 << 12;
/// Bytes of a huge page, on x86-64 and most of ARM.
const HUGE_PAGE: usize = 1 << 21;
/// Smallest block that is worth huge pages.
const HUGE: usize = 2 * HUGE_PAGE;

#[global_allocator]
static MEMORY: PlacedMemory = PlacedMemory;

/// The system's memory, with large blocks placed for the kernels.
///
/// Blocks of some thousand bytes begin with a line of the cache: a vector register that is loaded from two lines
/// takes twice as long, and the system begins large blocks 16 bytes behind a line. Blocks of some megabytes ask Linux for huge
/// pages: rows that a batch takes from all over the memory then seldom need the address of another page.
#[derive(Debug)]
struct PlacedMemory;

impl PlacedMemory {
    /// A function of the layout alone, so that memory is given back as it was taken.
    fn placed(layout: Layout) -> Layout {
        let align = match layout.size() {
            ..LARGE => return layout,
            LARGE..HUGE => LINE,
            HUGE.. => HUGE_PAGE,
        };
        layout.align_to(align).unwrap_or(layout)
    }
}

// SAFETY: every call goes to the system with the layout of `placed`, which is at least as strict as the one
// asked for and the same for every call about one block. `alloc_zeroed` and `realloc` are the trait's own and
// built on these two.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for PlacedMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = unsafe { System.alloc(Self::placed(layout)) };
        #[cfg(target_os = "linux")]
        if layout.size() >= HUGE && !block.is_null() {
            // A wish, of which the answer changes nothing: the block and its length are those just taken.
            unsafe { libc::madvise(block.cast(), layout.size(), libc::MADV_HUGEPAGE) };
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, Self::placed(layout)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_vectors_begin_with_a_line_or_a_page_and_keep_their_values_as_they_grow() {
        let mut values = Vec::new();
        let expected: Vec<u8> = (0..=250).cycle().take(HUGE + 1).collect();
        for number in &expected {
            values.push(*number);
            let align = match values.capacity() {
                ..LARGE => 1,
                LARGE..HUGE => LINE,
                HUGE.. => HUGE_PAGE,
            };
            assert_eq!(values.as_ptr().addr() % align, 0, "{}", values.capacity());
        }
        assert_eq!(values, expected);
    }

    #[test]
    fn zeroed_blocks_are_zero() {
        for size in [LARGE - 1, LARGE, HUGE + 1] {
            drop(vec![u8::MAX; size]);
            assert!(vec![0_u8; size].iter().all(|byte| *byte == 0), "{size}");
        }
    }
}
