//! The batches of an epoch in order, loaded by threads.

use std::collections::BTreeMap;
use std::fmt;
use std::iter::FusedIterator;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use super::plan::{Loaded, Plan};
use super::{Batch, ErrorPolicy, Skipped};
use crate::DataError;

/// The batches of an epoch, in order. An error is the last item.
///
/// Dropping it stops the workers and waits for them; each finishes the sample that it is at.
pub struct Batches {
    plan: Arc<Plan>,
    next: usize,
    end: usize,
    skipped: Vec<Skipped>,
    /// None if batches are loaded in the caller's thread.
    workers: Option<Workers>,
}

impl Batches {
    pub(super) fn start(plan: Plan, first_batch: usize) -> Self {
        let plan = Arc::new(plan);
        let end = plan.source().num_batches();
        let next = first_batch.min(end);
        let workers = Workers::start(&plan, next, end);
        Self { plan, next, end, skipped: Vec::new(), workers }
    }

    /// The number of the batch that comes next, from which the epoch could be [started](super::Loader::epoch) again.
    pub fn position(&self) -> usize {
        self.next
    }

    /// The samples that were left out so far, as [`ErrorPolicy::Skip`] allows.
    pub fn skipped(&self) -> &[Skipped] {
        &self.skipped
    }

    /// Counts what a batch lacks.
    fn count(&mut self, loaded: Result<Loaded, DataError>) -> Result<Batch, DataError> {
        let Loaded { batch, skipped } = loaded?;
        self.skipped.extend(skipped);
        match self.plan.source().policy {
            ErrorPolicy::Skip { most } if self.skipped.len() > most => {
                let Skipped { error, .. } = self.skipped.remove(most);
                Err(DataError::TooManySkipped { most, source: Box::new(error) })
            }
            _ => Ok(batch),
        }
    }
}

impl Iterator for Batches {
    type Item = Result<Batch, DataError>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.next < self.end {
            let loaded = match &self.workers {
                Some(workers) => workers.queue.take(self.next),
                None => self.plan.load(self.next, || false)?,
            };
            self.next += 1;
            let batch = self.count(loaded);
            if batch.is_err() {
                self.next = self.end;
            }
            if self.next == self.end {
                self.workers = None;
            }
            if !batch.as_ref().is_ok_and(|batch| batch.indices.is_empty()) {
                return Some(batch);
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = self.end - self.next;
        let least = usize::from(self.plan.source().policy == ErrorPolicy::Fail);
        (most.min(least), Some(most))
    }
}

impl FusedIterator for Batches {}

impl fmt::Debug for Batches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches").field("next", &self.next).field("end", &self.end).finish_non_exhaustive()
    }
}

/// Threads that load batches ahead.
struct Workers {
    queue: Arc<Queue>,
    threads: Vec<JoinHandle<()>>,
}

impl Workers {
    /// Starts as many threads as the configuration asks for, the batches can use and the system gives; none if that
    /// is no thread at all.
    fn start(plan: &Arc<Plan>, first: usize, end: usize) -> Option<Self> {
        let prefetch = plan.source().prefetch();
        let queue = Arc::new(Queue::new(first, end, prefetch));
        let start_one = |number: usize| {
            let (plan, queue) = (Arc::clone(plan), Arc::clone(&queue));
            thread::Builder::new().name(format!("striate-loader-{number}")).spawn(move || work(&plan, &queue)).ok()
        };
        let wanted = plan.source().config.workers.min(prefetch).min(end - first);
        let threads = (0..wanted).map_while(start_one).collect::<Vec<_>>();
        (!threads.is_empty()).then_some(Self { queue, threads })
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.queue.stop();
        for thread in self.threads.drain(..) {
            // Panics were turned into errors in the thread; there is nothing left to hand on.
            let _ = thread.join();
        }
    }
}

fn work(plan: &Plan, queue: &Queue) {
    while let Some(number) = queue.claim() {
        match plan.load(number, || queue.is_stopped()) {
            Some(batch) => queue.put(number, batch),
            None => return,
        }
    }
}

/// Who loads which batch, and those that are done and not yet taken.
struct Queue {
    state: Mutex<State>,
    /// A batch may be claimed, or all is over.
    room: Condvar,
    /// A batch was put in.
    done: Condvar,
    end: usize,
    prefetch: usize,
}

struct State {
    /// The next batch that nobody loads.
    unclaimed: usize,
    /// The next batch that the caller takes.
    awaited: usize,
    done: BTreeMap<usize, Result<Loaded, DataError>>,
    stopped: bool,
}

impl Queue {
    fn new(first: usize, end: usize, prefetch: usize) -> Self {
        let state = State { unclaimed: first, awaited: first, done: BTreeMap::new(), stopped: false };
        Self { state: Mutex::new(state), room: Condvar::new(), done: Condvar::new(), end, prefetch }
    }

    /// Waits until the next batch may be loaded and gives its number; none when there is nothing left to do.
    fn claim(&self) -> Option<usize> {
        let full = |state: &mut State| {
            !state.stopped && state.unclaimed < self.end && state.unclaimed - state.awaited >= self.prefetch
        };
        let mut state = self.room.wait_while(self.lock(), full).unwrap_or_else(PoisonError::into_inner);
        if state.stopped || state.unclaimed == self.end {
            return None;
        }
        state.unclaimed += 1;
        Some(state.unclaimed - 1)
    }

    fn put(&self, number: usize, batch: Result<Loaded, DataError>) {
        self.lock().done.insert(number, batch);
        self.done.notify_one();
    }

    /// Waits for the batch that is next in order.
    fn take(&self, number: usize) -> Result<Loaded, DataError> {
        let mut state = self.lock();
        loop {
            if let Some(batch) = state.done.remove(&number) {
                state.awaited = number + 1;
                self.room.notify_all();
                return batch;
            }
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.room.notify_all();
    }

    fn is_stopped(&self) -> bool {
        self.lock().stopped
    }

    /// No thread panics while it has the lock, so that the state is whole even if it were poisoned.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
