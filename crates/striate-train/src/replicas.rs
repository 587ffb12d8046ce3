//! Threads that take a step together.

use std::panic::resume_unwind;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use striate_backend::Collective;

/// What a replica's thread ends with when another has ended before it gave its numbers; that one has the reason.
#[derive(Debug)]
pub(crate) struct LeftAlone;

/// Replicas as threads of this process.
#[derive(Debug)]
struct Group {
    round: Mutex<Round>,
    turned: Condvar,
}

/// One sum.
#[derive(Debug)]
struct Round {
    number: u64,
    given: Vec<Option<Vec<f64>>>,
    sums: Vec<f64>,
    someone_left: bool,
}

impl Group {
    fn round(&self) -> MutexGuard<'_, Round> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One replica.
#[derive(Debug)]
pub(crate) struct Member {
    group: Arc<Group>,
    index: usize,
    weight: f64,
}

/// Members for replicas with so many samples each.
pub(crate) fn members(samples: &[usize]) -> Vec<Arc<Member>> {
    let round = Round { number: 0, given: vec![None; samples.len()], sums: Vec::new(), someone_left: false };
    let group = Arc::new(Group { round: Mutex::new(round), turned: Condvar::new() });
    let member =
        |(index, &samples): (usize, &usize)| Arc::new(Member { group: group.clone(), index, weight: samples as f64 });
    samples.iter().enumerate().map(member).collect()
}

/// Tells the others, when it is dropped, that a replica gives no more numbers.
pub(crate) struct Leaving(Arc<Group>);

impl Drop for Leaving {
    fn drop(&mut self) {
        self.0.round().someone_left = true;
        self.0.turned.notify_all();
    }
}

impl Member {
    /// To be kept while this replica takes its step.
    pub(crate) fn leaving(&self) -> Leaving {
        Leaving(self.group.clone())
    }
}

impl Collective for Member {
    fn sum(&self, numbers: Vec<f64>) -> Vec<f64> {
        let mut round = self.group.round();
        let number = round.number;
        round.given[self.index] = Some(numbers);
        if round.given.iter().all(Option::is_some) {
            let given: Vec<_> = round.given.iter_mut().filter_map(Option::take).collect();
            round.sums = add_up(given);
            round.number += 1;
            self.group.turned.notify_all();
        }
        let waits = |round: &mut Round| round.number == number && !round.someone_left;
        let round = self.group.turned.wait_while(round, waits).unwrap_or_else(PoisonError::into_inner);
        if round.number == number {
            drop(round);
            // Without a message: the other replica's failure has one.
            resume_unwind(Box::new(LeftAlone));
        }
        round.sums.clone()
    }

    fn weight(&self) -> f64 {
        self.weight
    }
}

fn add_up(given: Vec<Vec<f64>>) -> Vec<f64> {
    let add = |mut sums: Vec<f64>, more: Vec<f64>| {
        sums.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        sums
    };
    given.into_iter().reduce(add).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_member_gets_every_sum_in_turn() {
        let members = members(&[1, 2, 3]);
        let sums = |member: &Arc<Member>| {
            (0..200).map(|round| member.sum(vec![member.weight() * f64::from(round), 1.0])).collect::<Vec<_>>()
        };
        let want: Vec<_> = (0..200).map(|round| vec![6.0 * f64::from(round), 3.0]).collect();
        std::thread::scope(|scope| {
            let running: Vec<_> = members.iter().map(|member| scope.spawn(move || sums(member))).collect();
            for thread in running {
                assert_eq!(thread.join().unwrap(), want);
            }
        });
    }

    #[test]
    fn nobody_waits_for_a_member_that_left() {
        let members = members(&[1, 1]);
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| members[0].sum(vec![1.0]));
            scope.spawn(|| drop(members[1].leaving()));
            assert!(waits.join().unwrap_err().is::<LeftAlone>());
        });
    }
}
