//! Threads that stay awake between the parts of a training step.
//!
//! A step of a small network takes some tens of microseconds; waking a sleeping thread costs as much. So
//! the threads of a team wait for their next part by looking, and go to sleep only when none has come for
//! a while.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// Looks before a waiting thread lets others run: some tens of microseconds, about as long as the learner
/// takes between two steps.
const LOOKS: u32 = 1 << 11;
/// Times it lets others run before it sleeps: about a millisecond where nobody else wants to.
const YIELDS: u32 = 1 << 10;

/// What all members run.
type Task = &'static (dyn Fn() + Sync);

/// A fixed number of threads that work on the parts of one thing, of which the asking thread is one.
pub struct Team {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    /// Rises by one with every task.
    round: AtomicUsize,
    /// The round's task, while there may be something left of it to do.
    task: Mutex<Option<Task>>,
    /// Workers that are at the task.
    active: AtomicUsize,
    panicked: AtomicBool,
    over: AtomicBool,
    asleep: Mutex<usize>,
    /// `asleep`, to be read without its lock.
    any_asleep: AtomicUsize,
    wake: Condvar,
}

impl Team {
    /// A team of so many members, at least one. Where threads cannot be had, it is smaller.
    #[must_use]
    pub fn new(members: usize) -> Self {
        let shared = Arc::new(Shared::default());
        let workers = (1..members)
            .map_while(|member| {
                let shared = Arc::clone(&shared);
                thread::Builder::new()
                    .name(format!("kernel-{member}"))
                    .spawn(move || shared.work())
                    .ok()
            })
            .collect();
        Self { shared, workers }
    }

    /// Number of members.
    #[must_use]
    pub fn members(&self) -> usize {
        self.workers.len() + 1
    }

    /// Works on every part, at most `members` of them at the same time, and returns when all are done.
    ///
    /// # Panics
    /// If the work on a part does.
    pub fn each<P: Send>(&mut self, parts: Vec<P>, work: impl Fn(P) + Sync) {
        if self.workers.is_empty() || parts.len() < 2 {
            return parts.into_iter().for_each(work);
        }
        let parts: Vec<_> = parts
            .into_iter()
            .map(|part| Mutex::new(Some(part)))
            .collect();
        let next = AtomicUsize::new(0);
        // Whoever is free takes the next part: a thread that the system holds up leaves its share to the rest.
        self.run(&|| {
            while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Some(part) = lock(part).take() {
                    work(part);
                }
            }
        });
    }

    /// Runs the task here and on every worker that comes before it is done here.
    ///
    /// A worker that the system does not let run is not waited for: it finds the task taken away.
    fn run(&mut self, task: &(dyn Fn() + Sync)) {
        let shared = &self.shared;
        // SAFETY: only the lifetime changes. Workers take the task from under its lock and count as active
        // from then on; this function returns, or unwinds, only after it has taken the task away under the
        // same lock and no worker is active any more.
        #[allow(unsafe_code)]
        let lasting: Task = unsafe { std::mem::transmute::<&(dyn Fn() + Sync), Task>(task) };
        *lock(&shared.task) = Some(lasting);
        shared.round.fetch_add(1, Ordering::SeqCst);
        if shared.any_asleep.load(Ordering::SeqCst) > 0 {
            drop(lock(&shared.asleep)); // whoever is about to sleep has looked again, or sleeps
            shared.wake.notify_all();
        }
        let own = catch_unwind(AssertUnwindSafe(task));
        *lock(&shared.task) = None;
        wait_until(|| shared.active.load(Ordering::Acquire) == 0, || {});
        if let Err(panic) = own {
            resume_unwind(panic);
        }
        assert!(
            !shared.panicked.swap(false, Ordering::Relaxed),
            "a thread of the team panicked"
        );
    }
}

impl Shared {
    fn work(&self) {
        let mut seen = 0;
        loop {
            wait_until(
                || self.round.load(Ordering::SeqCst) != seen,
                || self.sleep(seen),
            );
            seen = self.round.load(Ordering::SeqCst);
            if self.over.load(Ordering::Acquire) {
                return;
            }
            let Some(task) = self.take_task() else {
                continue;
            };
            if catch_unwind(AssertUnwindSafe(task)).is_err() {
                self.panicked.store(true, Ordering::Relaxed);
            }
            self.active.fetch_sub(1, Ordering::Release);
        }
    }

    fn take_task(&self) -> Option<Task> {
        let task = lock(&self.task);
        if task.is_some() {
            self.active.fetch_add(1, Ordering::Relaxed); // its order is the lock's
        }
        *task
    }

    /// Until the next round.
    fn sleep(&self, seen: usize) {
        let mut asleep = lock(&self.asleep);
        *asleep += 1;
        self.any_asleep.store(*asleep, Ordering::SeqCst);
        while self.round.load(Ordering::SeqCst) == seen {
            asleep = self
                .wake
                .wait(asleep)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *asleep -= 1;
        self.any_asleep.store(*asleep, Ordering::SeqCst);
    }
}

impl Drop for Team {
    fn drop(&mut self) {
        self.shared.over.store(true, Ordering::Release);
        self.shared.round.fetch_add(1, Ordering::SeqCst);
        drop(lock(&self.shared.asleep));
        self.shared.wake.notify_all();
        for worker in self.workers.drain(..) {
            let _ = worker.join(); // its panics were caught
        }
    }
}

impl std::fmt::Debug for Team {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Team of {}", self.members())
    }
}

/// Looks again and again, then lets others run in between, then does `patience_ends` and starts over.
fn wait_until(happened: impl Fn() -> bool, patience_ends: impl Fn()) {
    loop {
        for _ in 0..LOOKS {
            if happened() {
                return;
            }
            std::hint::spin_loop();
        }
        for _ in 0..YIELDS {
            if happened() {
                return;
            }
            thread::yield_now();
        }
        patience_ends();
    }
}

/// What a panic may leave behind under these locks is whole: a slot is set or taken in one step.
fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_worked_on_once() {
        for members in 1..5 {
            let mut team = Team::new(members);
            for parts in 0..9 {
                let mut counts = vec![0; parts];
                team.each(counts.iter_mut().collect(), |count| *count += 1);
                assert_eq!(counts, vec![1; parts], "{members} members");
            }
        }
    }

    #[test]
    fn a_team_wakes_up_again() {
        let mut team = Team::new(3);
        for _ in 0..3 {
            let mut sum = [0; 6];
            team.each(sum.iter_mut().collect(), |one| *one = 1);
            assert_eq!(sum.iter().sum::<i32>(), 6);
            thread::sleep(std::time::Duration::from_millis(60)); // long enough to fall asleep
        }
    }

    #[test]
    fn a_panic_reaches_the_one_who_asked_and_the_team_goes_on() {
        let mut team = Team::new(2);
        for part in 0..2 {
            let outcome = catch_unwind(AssertUnwindSafe(|| {
                team.each(vec![0, 1], |one| assert_ne!(one, part));
            }));
            assert!(outcome.is_err(), "part {part}");
        }
        let done = AtomicUsize::new(0);
        team.each(vec![(), ()], |()| {
            done.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(done.load(Ordering::Relaxed), 2);
    }
}
