//! What one script may use up: a time and an amount of memory. Whoever exceeds either is ended, and told which.
//!
//! The engine's own memory limit only makes an allocation fail, which a script can catch and try again for ever;
//! and with no byte left even the exception that ends it cannot be made. So the engine allocates through
//! [`Metered`], which notes a refusal; the interrupt handler then ends the script with an exception that cannot be
//! caught, and lends it the memory for that.

use std::cell::Cell;
use std::ptr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use rquickjs::allocator::{Allocator, RustAllocator};

/// What a script that is being ended may still allocate: the exception that ends it.
const LENT_FOR_THE_END: usize = 4 << 20;

/// How often the clock is looked at when memory is asked for: about once a millisecond.
const ALLOCATIONS_PER_LOOK: u32 = 4_096;

/// What ran out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Spent {
    Time,
    Memory,
}

/// Time and memory of one script, shared by its allocator, its interrupt handler and whoever runs it.
#[derive(Debug)]
pub(super) struct Budget {
    deadline: Instant,
    memory: usize,
    ceiling: Cell<usize>,
    used: Cell<usize>,
    asked: Cell<u32>,
    is_ending: Cell<bool>,
    spent: Cell<Option<Spent>>,
}

impl Budget {
    pub(super) fn new(time: Duration, memory: usize) -> Rc<Self> {
        Rc::new(Self {
            deadline: Instant::now() + time,
            memory,
            ceiling: Cell::new(usize::MAX),
            used: Cell::new(0),
            asked: Cell::new(0),
            is_ending: Cell::new(false),
            spent: Cell::new(None),
        })
    }

    /// From here on memory counts. What the engine has taken for itself is not the script's, and an engine that gets no
    /// memory at its start does not survive that.
    pub(super) fn begin(&self) {
        self.ceiling
            .set(self.used.get().saturating_add(self.memory));
    }

    /// What ran out, if something did. Looks at the clock.
    pub(super) fn spent(&self) -> Option<Spent> {
        if self.spent.get().is_none() && Instant::now() >= self.deadline {
            self.spent.set(Some(Spent::Time));
        }
        self.spent.get()
    }

    /// What is known to have run out, without a look at the clock.
    pub(super) fn noted(&self) -> Option<Spent> {
        self.spent.get()
    }

    /// Whether the script has to end; asked by the engine now and then. From then on there is memory for that.
    pub(super) fn ends_script(&self) -> bool {
        let ends = self.spent().is_some();
        if ends {
            self.is_ending.set(true);
            self.ceiling
                .set(self.used.get().saturating_add(LENT_FOR_THE_END));
        }
        ends
    }

    /// The allocator of the engine that runs the script.
    pub(super) fn allocator(self: &Rc<Self>) -> Metered {
        Metered(Rc::clone(self))
    }

    fn grants(&self, more: usize) -> bool {
        let asked = self.asked.get().wrapping_add(1);
        self.asked.set(asked);
        // Some functions of the engine loop by themselves and never ask whether to end; memory they do ask for.
        let is_late =
            asked.is_multiple_of(ALLOCATIONS_PER_LOOK) && self.spent() == Some(Spent::Time);
        let is_lent_for_the_end = self.is_ending.get();
        if is_late && !is_lent_for_the_end {
            self.ceiling.set(0);
        }
        let granted = self
            .used
            .get()
            .checked_add(more)
            .is_some_and(|sum| sum <= self.ceiling.get());
        if !granted && self.spent.get().is_none() {
            self.spent.set(Some(Spent::Memory));
        }
        granted
    }

    fn took(&self, size: usize) {
        self.used.set(self.used.get().saturating_add(size));
    }

    fn gave_back(&self, size: usize) {
        self.used.set(self.used.get().saturating_sub(size));
    }
}

/// Rust's own allocator, metered.
#[derive(Debug)]
pub(super) struct Metered(Rc<Budget>);

impl Metered {
    #[expect(
        unsafe_code,
        reason = "asks for the size of a block that the allocator has just made"
    )]
    fn note(&self, block: *mut u8) -> *mut u8 {
        if !block.is_null() {
            // SAFETY: the block was made by the same allocator and was not freed.
            self.0.took(unsafe { RustAllocator::usable_size(block) });
        }
        block
    }
}

#[expect(
    unsafe_code,
    reason = "the trait is unsafe; each method hands over to RustAllocator, which fulfils its contract"
)]
// SAFETY: every block comes from RustAllocator and goes back to it; a refusal is a null pointer, as the trait asks.
unsafe impl Allocator for Metered {
    fn alloc(&mut self, size: usize) -> *mut u8 {
        if !self.0.grants(size) {
            return ptr::null_mut();
        }
        self.note(RustAllocator.alloc(size))
    }

    fn calloc(&mut self, count: usize, size: usize) -> *mut u8 {
        match count.checked_mul(size) {
            Some(total) if self.0.grants(total) => self.note(RustAllocator.calloc(count, size)),
            _ => ptr::null_mut(),
        }
    }

    unsafe fn dealloc(&mut self, block: *mut u8) {
        // SAFETY: the caller guarantees that the block is one of ours, hence of RustAllocator.
        unsafe {
            self.0.gave_back(RustAllocator::usable_size(block));
            RustAllocator.dealloc(block);
        }
    }

    unsafe fn realloc(&mut self, block: *mut u8, size: usize) -> *mut u8 {
        // SAFETY: as for `dealloc`; a block that could not be resized stays as it is.
        unsafe {
            let before = RustAllocator::usable_size(block);
            if size > before && !self.0.grants(size - before) {
                return ptr::null_mut();
            }
            let resized = RustAllocator.realloc(block, size);
            if !resized.is_null() {
                self.0.gave_back(before);
            }
            self.note(resized)
        }
    }

    unsafe fn usable_size(block: *mut u8) -> usize {
        // SAFETY: as for `dealloc`.
        unsafe { RustAllocator::usable_size(block) }
    }
}
