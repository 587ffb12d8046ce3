//! What the replicas of a network say to each other.

use std::fmt::Debug;

/// One of several replicas of a network that take a step together, each with a part of the batch.
pub trait Collective: Debug + Send + Sync {
    /// The sums of the numbers that all replicas give, added in the replicas' order: the same for each of them. Waits until
    /// the last has given its numbers. Every replica asks for the same sums in the same order.
    fn sum(&self, numbers: Vec<f64>) -> Vec<f64>;

    /// How much this replica's gradients weigh beside those of the others, such as its samples; more than 0.
    fn weight(&self) -> f64;
}
