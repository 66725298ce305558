//! Threads that stay awake between the parts of a training step, shared by the trainings of a process.
//!
//! A step of a small network takes some tens of microseconds, and waking a sleeping thread takes as long. The
//! workers of a pool therefore poll for the next task, and sleep only when none has come for a while.
//!
//! Several threads can call [`ThreadPool::for_each`] at the same time. Each caller works on its own parts, and
//! workers help where there is work left; no caller waits for the work of another. Between two calls a caller needs its
//! core too. Workers are therefore awake only for the cores that the recent callers leave free: where there are as many
//! callers as threads, every caller works alone and all workers sleep, instead of polling on cores that the callers
//! could use.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Polls before a waiting thread yields: some tens of microseconds, about as long as the learner takes between two
/// steps.
const SPIN_LIMIT: u32 = 1 << 11;
/// Yields before a worker sleeps: about a millisecond where no other thread wants to run.
const YIELD_LIMIT: u32 = 1 << 10;
/// How long several callers at the same time are remembered: longer than the pauses of a training between calls, and
/// over soon after it has ended.
const CALLER_WINDOW: Duration = Duration::from_millis(10);
/// Tasks that workers can help with at the same time; the callers of more work alone.
const MAX_TASKS: usize = 16;

/// A handle to a fixed number of threads, of which the calling thread is always one.
///
/// The owner of the process creates one pool and passes it to all trainings. Clones share the threads, which end with
/// the last handle. What is computed never depends on the number of threads or callers.
#[derive(Clone)]
pub struct ThreadPool {
    pool: Arc<Pool>,
    /// Threads that a call through this handle may use.
    threads: usize,
}

struct Pool {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

#[repr(C, align(64))] // one cache line from the signals to the first tasks: each line takes a while to another core
struct Shared {
    signals: Signals,
    board: Mutex<Board>,
    /// Whether each worker sleeps, or is about to.
    asleep: Vec<AtomicBool>,
}

/// What waiting workers poll.
struct Signals {
    /// Rises by one with every published task.
    published: AtomicUsize,
    /// Workers that may be awake: those of lower numbers.
    awake: AtomicUsize,
    stopped: AtomicBool,
}

#[derive(Default)]
#[repr(C)]
struct Board {
    tasks: [Option<&'static Task<'static>>; MAX_TASKS],
    callers: Callers,
}

/// How many threads call the pool.
#[derive(Default)]
struct Callers {
    /// Calls at this moment.
    inside: usize,
    /// Most calls at the same time lately.
    recent: usize,
    /// When `recent` is forgotten; not kept for a single caller.
    expiry: Option<Instant>,
}

/// One call of [`ThreadPool::for_each`], on the caller's stack and in one cache line.
#[repr(align(64))]
struct Task<'a> {
    /// Works on the part of this number.
    work: &'a (dyn Fn(usize) + Sync),
    parts: usize,
    /// Workers that may be at it at the same time.
    limit: AtomicUsize,
    /// The first part that no thread has taken.
    next: AtomicUsize,
    /// Workers that are at it.
    helpers: AtomicUsize,
    /// The first panic of a worker.
    panic: &'a Mutex<Option<Box<dyn Any + Send>>>,
}

const _: () = assert!(size_of::<Task<'_>>() == 64);

impl ThreadPool {
    /// Starts a pool of `threads` threads, at least one: the caller and `threads − 1` workers. Where the system
    /// provides fewer, the pool is smaller.
    #[must_use]
    pub fn new(threads: usize) -> Self {
        let workers = threads.saturating_sub(1);
        let shared = Arc::new(Shared {
            signals: Signals {
                published: AtomicUsize::new(0),
                awake: AtomicUsize::new(workers),
                stopped: AtomicBool::new(false),
            },
            board: Mutex::default(),
            asleep: (0..workers).map(|_| AtomicBool::new(false)).collect(),
        });
        let workers: Vec<_> = (0..workers)
            .map_while(|worker| {
                let shared = Arc::clone(&shared);
                thread::Builder::new()
                    .name(format!("kernel-{}", worker + 1))
                    .spawn(move || shared.work(worker))
                    .ok()
            })
            .collect();
        Self {
            threads: workers.len() + 1,
            pool: Arc::new(Pool { shared, workers }),
        }
    }

    /// Returns a handle to the same threads whose calls use at most `threads` of them, and at least the caller's.
    #[must_use]
    pub fn limited_to(&self, threads: usize) -> Self {
        Self {
            pool: Arc::clone(&self.pool),
            threads: self.threads.min(threads).max(1),
        }
    }

    /// Number of threads that a call may use, the caller's included.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// Calls `work` with every part, on up to [`Self::threads`] threads at the same time, and returns when all are
    /// done.
    ///
    /// # Panics
    /// With the panic of `work`, if it does on any part.
    pub fn for_each<P: Send>(&self, parts: Vec<P>, work: impl Fn(P) + Sync) {
        if self.pool.workers.is_empty() || parts.len() < 2 {
            return parts.into_iter().for_each(work);
        }
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| Mutex::new(Some(part)))
            .collect();
        self.run(parts.len(), &|part| {
            if let Some(part) = lock(&parts[part]).take() {
                work(part);
            }
        });
    }

    /// Runs a task here and on the workers that join it before no part is left.
    ///
    /// A worker that the system does not let run is not waited for: it finds the task retracted.
    fn run(&self, parts: usize, work: &(dyn Fn(usize) + Sync)) {
        let panic = Mutex::new(None);
        let task = Task {
            work,
            parts,
            limit: AtomicUsize::new(self.threads.min(parts) - 1),
            next: AtomicUsize::new(0),
            helpers: AtomicUsize::new(0),
            panic: &panic,
        };
        // SAFETY: only the lifetime changes. Workers take the task from the board under its lock and count as
        // helpers from then on; this function returns, or unwinds, only after it has retracted the task under the
        // same lock and no helper is left. Nothing between here and there panics: `work` is caught.
        #[allow(unsafe_code)]
        let lasting = unsafe { std::mem::transmute::<&Task<'_>, &'static Task<'static>>(&task) };
        self.pool.publish(lasting);
        let own = catch_unwind(AssertUnwindSafe(|| task.run()));
        self.pool.shared.retract(lasting);
        let mut polls = 0;
        while task.helpers.load(Ordering::Acquire) > 0 {
            pause(&mut polls);
        }
        let helped = lock(&panic).take();
        if let Some(panic) = own.err().or(helped) {
            resume_unwind(panic);
        }
    }
}

impl Pool {
    /// Counts a caller, and offers its task to the workers of its share of the free cores.
    fn publish(&self, task: &'static Task<'static>) {
        let shared = &self.shared;
        let mut board = lock(&shared.board);
        let callers = board.callers.enter(Instant::now);
        let free = (self.workers.len() + 1).saturating_sub(callers);
        if shared.signals.awake.load(Ordering::Relaxed) != free {
            shared.signals.awake.store(free, Ordering::SeqCst);
        }
        let limit = task.limit.load(Ordering::Relaxed);
        let limit = limit.min(free.div_ceil(callers));
        if limit == 0 {
            return;
        }
        let Some(place) = board.tasks.iter_mut().find(|place| place.is_none()) else {
            return;
        };
        task.limit.store(limit, Ordering::Relaxed); // ordered by the lock
        *place = Some(task);
        drop(board);
        shared.signals.published.fetch_add(1, Ordering::SeqCst);
        let wanted = free.min(limit * callers);
        for (worker, asleep) in self.workers.iter().zip(&shared.asleep).take(wanted) {
            // A worker about to sleep has set this before it looks at `published` for the last time.
            if asleep.load(Ordering::SeqCst) {
                worker.thread().unpark();
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let signals = &self.shared.signals;
        signals.stopped.store(true, Ordering::SeqCst);
        signals.published.fetch_add(1, Ordering::SeqCst);
        for worker in self.workers.drain(..) {
            worker.thread().unpark();
            let _ = worker.join(); // its panics were caught
        }
    }
}

impl Shared {
    /// Helps with tasks until the pool is dropped.
    fn work(&self, worker: usize) {
        let mut polls = 0; // since the last task
        while !self.signals.stopped.load(Ordering::Relaxed) {
            let seen = self.signals.published.load(Ordering::SeqCst);
            if let Some((task, are_others_open)) = self.join(worker) {
                if let Err(panic) = catch_unwind(AssertUnwindSafe(|| task.run())) {
                    lock(task.panic).get_or_insert(panic);
                }
                task.helpers.fetch_sub(1, Ordering::Release); // its caller may return now
                polls = 0;
                if are_others_open {
                    continue;
                }
            }
            loop {
                if polls > SPIN_LIMIT + YIELD_LIMIT || !self.may_be_awake(worker) {
                    self.sleep(worker, seen);
                    polls = 0;
                    break;
                }
                if self.signals.published.load(Ordering::SeqCst) != seen {
                    polls += 1;
                    break;
                }
                pause(&mut polls);
            }
        }
    }

    /// Joins a task that needs help, if there is one, and returns whether there are others.
    fn join(&self, worker: usize) -> Option<(&'static Task<'static>, bool)> {
        let board = lock(&self.board);
        if !self.may_be_awake(worker) {
            return None;
        }
        let mut tasks = board.tasks.iter().flatten();
        let task = tasks.find(|task| task.join())?;
        Some((task, tasks.any(|task| task.is_open())))
    }

    fn may_be_awake(&self, worker: usize) -> bool {
        worker < self.signals.awake.load(Ordering::SeqCst)
    }

    /// Waits until a task has been published that the worker may be awake for.
    fn sleep(&self, worker: usize, seen: usize) {
        let Signals {
            published, stopped, ..
        } = &self.signals;
        let asleep = &self.asleep[worker];
        asleep.store(true, Ordering::SeqCst);
        while !stopped.load(Ordering::SeqCst)
            && (published.load(Ordering::SeqCst) == seen || !self.may_be_awake(worker))
        {
            thread::park();
        }
        asleep.store(false, Ordering::SeqCst);
    }

    /// Takes a caller and its task off the board.
    fn retract(&self, task: &'static Task<'static>) {
        let mut board = lock(&self.board);
        board.callers.inside -= 1;
        for place in &mut board.tasks {
            place.take_if(|other| std::ptr::eq(*other, task));
        }
    }
}

impl Callers {
    /// Counts one more, and returns how many there have been lately. A single caller needs no clock.
    fn enter(&mut self, now: impl Fn() -> Instant) -> usize {
        self.inside += 1;
        if self.inside.max(self.recent) > 1 {
            let now = now();
            if self.inside >= self.recent || self.expiry.is_none_or(|expiry| now >= expiry) {
                self.recent = self.inside;
                self.expiry = Some(now + CALLER_WINDOW);
            }
        }
        self.inside.max(self.recent)
    }
}

impl Task<'_> {
    /// Works on parts until none is left. Whoever is free takes the next one: a thread that the system holds up
    /// leaves its share to the others.
    fn run(&self) {
        loop {
            let part = self.next.fetch_add(1, Ordering::Relaxed);
            if part >= self.parts {
                return;
            }
            (self.work)(part);
        }
    }

    /// Whether one more worker can help.
    fn is_open(&self) -> bool {
        let helpers = self.helpers.load(Ordering::Relaxed);
        helpers < self.limit.load(Ordering::Relaxed) && self.has_parts_left()
    }

    /// Counts a helper if one more can help; under the board's lock, so that its caller never sees a wrong count.
    fn join(&self) -> bool {
        // Counted first, so that the cache line is fetched for writing at once.
        let helpers = self.helpers.fetch_add(1, Ordering::Relaxed);
        let can_help = helpers < self.limit.load(Ordering::Relaxed) && self.has_parts_left();
        if !can_help {
            self.helpers.fetch_sub(1, Ordering::Relaxed);
        }
        can_help
    }

    fn has_parts_left(&self) -> bool {
        self.next.load(Ordering::Relaxed) < self.parts
    }
}

impl fmt::Debug for ThreadPool {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ThreadPool of {} threads", self.threads)
    }
}

/// Waits a moment: spins at first, then lets other threads run.
fn pause(polls: &mut u32) {
    if *polls < SPIN_LIMIT {
        std::hint::spin_loop();
    } else {
        thread::yield_now();
    }
    *polls = polls.saturating_add(1);
}

/// Ignores poisoning: what these locks guard is changed in single steps, so that a panic leaves it whole.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::AtomicU64;

    use super::*;

    #[test]
    fn every_part_is_worked_on_once() {
        for threads in 1..5 {
            let pool = ThreadPool::new(threads);
            for parts in 0..9 {
                let mut counts = vec![0; parts];
                pool.for_each(counts.iter_mut().collect(), |count| *count += 1);
                assert_eq!(counts, vec![1; parts], "{threads} threads");
            }
        }
    }

    #[test]
    fn a_pool_wakes_up_again() {
        let pool = ThreadPool::new(3);
        for _ in 0..3 {
            let mut sum = [0; 6];
            pool.for_each(sum.iter_mut().collect(), |one| *one = 1);
            assert_eq!(sum.iter().sum::<i32>(), 6);
            wait_until(|| pool.sleeping() == 2);
        }
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_goes_on() {
        let pool = ThreadPool::new(2);
        for part in 0..2 {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                pool.for_each(vec![0, 1], |one| assert_ne!(one, part, "part {part}"));
            }));
            let message = outcome.unwrap_err().downcast::<String>().unwrap();
            assert!(message.contains(&format!("part {part}")), "{message}");
        }
        let done = AtomicUsize::new(0);
        pool.for_each(vec![(), ()], |()| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }

    #[test]
    fn several_callers_at_once_each_get_their_own_results() {
        for threads in 1..5 {
            let pool = ThreadPool::new(threads);
            thread::scope(|scope| {
                for caller in 0..MAX_TASKS as u64 + 4 {
                    let pool = pool.clone();
                    scope.spawn(move || {
                        for round in 0..100 {
                            let mut values = [0; 7];
                            pool.for_each(values.iter_mut().enumerate().collect(), |(i, value)| {
                                *value += caller * 1_000_000 + round * 1000 + i as u64;
                            });
                            let first = caller * 1_000_000 + round * 1000;
                            assert!(values.iter().copied().eq(first..first + 7), "{values:?}");
                        }
                    });
                }
            });
            assert_eq!(lock(&pool.pool.shared.board).callers.inside, 0);
        }
    }

    #[test]
    fn a_panic_reaches_no_other_caller() {
        let pool = ThreadPool::new(3);
        let calls = |fails: bool| {
            let pool = pool.clone();
            move || {
                for _ in 0..200 {
                    let outcome = catch_unwind(AssertUnwindSafe(|| {
                        pool.for_each(vec![1, 2, 3, 4], |part| {
                            if fails && part == 3 {
                                resume_unwind(Box::new(part)); // without a message for each
                            }
                        });
                    }));
                    assert_eq!(outcome.is_err(), fails);
                }
            }
        };
        thread::scope(|scope| {
            for fails in [true, false, true, false] {
                scope.spawn(calls(fails));
            }
        });
    }

    #[test]
    fn a_part_can_call_the_pool_again() {
        for threads in 1..4 {
            let pool = ThreadPool::new(threads);
            let sum = AtomicU64::new(0);
            for _ in 0..50 {
                pool.for_each(vec![1, 2, 3], |outer| {
                    pool.for_each(vec![10, 20, 30], |inner| {
                        sum.fetch_add(outer * inner, Ordering::Relaxed);
                    });
                });
            }
            assert_eq!(sum.load(Ordering::Relaxed), 50 * 6 * 60);
        }
    }

    #[test]
    fn a_limited_handle_uses_no_more_threads() {
        let pool = ThreadPool::new(4);
        for (limit, expected) in [(0, 1), (1, 1), (2, 2), (9, 4)] {
            let limited = pool.limited_to(limit);
            assert_eq!(limited.threads(), expected);
            for _ in 0..50 {
                let used = Mutex::new(HashSet::new());
                limited.for_each(vec![(); 12], |()| {
                    lock(&used).insert(thread::current().id());
                });
                assert!(lock(&used).len() <= expected, "limit {limit}");
            }
        }
    }

    #[test]
    fn workers_sleep_while_callers_need_all_threads() {
        let pool = ThreadPool::new(2);
        let shared = &pool.pool.shared;
        // The inner calls are made during the outer one, which makes two callers.
        pool.for_each(vec![(), ()], |()| pool.for_each(vec![(), ()], |()| ()));
        assert_eq!(shared.signals.awake.load(Ordering::SeqCst), 0);
        wait_until(|| pool.sleeping() == 1);
        thread::sleep(CALLER_WINDOW);
        pool.for_each(vec![(), ()], |()| ());
        assert_eq!(shared.signals.awake.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn callers_are_remembered_for_a_while() {
        let mut callers = Callers::default();
        let start = Instant::now();
        let at = |windows: f64| move || start + CALLER_WINDOW.mul_f64(windows);
        assert_eq!(callers.enter(|| unreachable!("one caller")), 1);
        assert_eq!(callers.enter(at(0.0)), 2);
        assert_eq!(callers.enter(at(0.5)), 3);
        callers.inside = 1;
        assert_eq!(callers.enter(at(1.4)), 3);
        callers.inside = 1;
        assert_eq!(callers.enter(at(1.5)), 2);
        callers.inside = 0;
        assert_eq!(callers.enter(at(2.0)), 2);
        callers.inside = 0;
        assert_eq!(callers.enter(at(3.0)), 1);
        callers.inside = 0;
        assert_eq!(callers.enter(|| unreachable!("one caller")), 1);
    }

    #[test]
    fn a_pool_can_be_dropped_at_any_time() {
        for round in 0..40 {
            let pool = ThreadPool::new(1 + round % 4);
            if round % 2 == 0 {
                pool.for_each(vec![(), ()], |()| ());
            }
            if round % 10 == 0 {
                wait_until(|| pool.sleeping() == pool.threads() - 1);
            }
            let other = pool.clone();
            drop(pool);
            other.for_each(vec![(), ()], |()| ());
        }
    }

    impl ThreadPool {
        fn sleeping(&self) -> usize {
            let asleep = self.pool.shared.asleep.iter();
            asleep.filter(|flag| flag.load(Ordering::SeqCst)).count()
        }
    }

    fn wait_until(happened: impl Fn() -> bool) {
        let start = Instant::now();
        while !happened() {
            assert!(start.elapsed() < Duration::from_secs(50));
            thread::sleep(Duration::from_millis(1));
        }
    }
}
