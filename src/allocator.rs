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

/// Has freed blocks of 128 kB and more given back to the system at once, for programs that run for ever: by default the
/// C library keeps ever larger ones, and a server's memory grows with the most that it ever held.
pub fn give_back_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: a setting of the C library's allocator, with values that its manual allows.
    #[allow(unsafe_code)]
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 << 10);
    }
}

/// The system's memory, with large blocks placed for the kernels.
///
/// Blocks of some thousand bytes begin with a line of the cache: a vector register that is loaded from two lines
/// takes twice as long, and the system begins large blocks 16 bytes behind a line. Blocks of some megabytes ask
/// Linux for huge pages: rows that a batch takes from all over the memory then seldom need the address of another
/// page.
///
/// A placed block lies in a larger one that the system gives as it comes, and is preceded by its distance from that
/// one's beginning. To ask the system for the alignment would be simpler and is no way: what is given back is
/// then too small for the next block of the same size, and every temporary of a step would be fresh memory.
#[derive(Debug)]
pub struct PlacedMemory;

/// How a large block is placed.
struct Place {
    /// What the system is asked for.
    outer: Layout,
    /// Where the block begins in it: a multiple of this.
    align: usize,
}

impl Place {
    /// What the system gives is a multiple of this, so that a word fits before a multiple of [`LINE`] behind it.
    const OUTER_ALIGN: usize = 16;

    /// `None` where the system's own place will do; a function of the layout alone, so that memory is given back as it
    /// was taken.
    fn of(layout: Layout) -> Option<Self> {
        let align = match layout.size() {
            ..LARGE => return None,
            LARGE..HUGE => LINE,
            HUGE.. => HUGE_PAGE,
        }
        .max(layout.align());
        let size = layout.size().checked_add(align)?;
        let outer = Layout::from_size_align(size, Self::OUTER_ALIGN).ok()?;
        Some(Self { outer, align })
    }

    /// The block within what the system gave for `outer`.
    ///
    /// # Safety
    /// `start` is null or such a block, which nobody else uses.
    #[allow(unsafe_code, clippy::cast_ptr_alignment)] // the block begins with a line
    unsafe fn within(&self, start: *mut u8) -> *mut u8 {
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
// that `Place::of` forms of the same layout again. `realloc` is the trait's own and built on these.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for PlacedMemory {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { take(layout, GlobalAlloc::alloc) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        unsafe { take(layout, GlobalAlloc::alloc_zeroed) }
    }

    #[allow(clippy::cast_ptr_alignment)] // the block begins with a line
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        match Place::of(layout) {
            None => unsafe { System.dealloc(block, layout) },
            Some(place) => unsafe {
                let offset = block.cast::<usize>().sub(1).read();
                System.dealloc(block.sub(offset), place.outer);
            },
        }
    }
}

/// A block of this layout, as the system takes it.
///
/// # Safety
/// As for [`GlobalAlloc::alloc`].
#[allow(unsafe_code)]
#[inline]
unsafe fn take(layout: Layout, system: unsafe fn(&System, Layout) -> *mut u8) -> *mut u8 {
    let Some(place) = Place::of(layout) else {
        return unsafe { system(&System, layout) };
    };
    let block = unsafe { place.within(system(&System, place.outer)) };
    wish_for_huge_pages(block, layout);
    block
}

/// Where the block is worth it; the answer changes nothing.
#[cfg_attr(not(target_os = "linux"), allow(unused_variables))]
fn wish_for_huge_pages(block: *mut u8, layout: Layout) {
    #[cfg(target_os = "linux")]
    if layout.size() >= HUGE && !block.is_null() {
        // SAFETY: the block and its length are those just taken, and advice changes no value.
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
