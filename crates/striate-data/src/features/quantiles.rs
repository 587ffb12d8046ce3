//! A summary of many numbers from which quantiles are read: that of Keras's `Discretization`.
//!
//! It equals Keras's arithmetic step by step, in `f32` and `f64` where that is (3.15.1, `discretization.py`, with
//! NumPy's `arange`, `cumsum` and `interp`). Equal values stay in the order in which they came, which NumPy leaves open.

/// Some of the numbers in rising order, and how many each stands for.
#[derive(Debug, Clone, Default)]
pub(super) struct Summary {
    values: Vec<f32>,
    weights: Vec<f32>,
}

impl Summary {
    /// A summary of a batch of finite numbers.
    pub(super) fn of(batch: &[f32], epsilon: f64) -> Self {
        let mut sorted = batch.to_vec();
        sorted.sort_by(f32::total_cmp);
        let step = (sorted.len() as f64 / (1.0 / epsilon)).max(1.0);
        let values = sorted.into_iter().skip((step - 1.0) as usize).step_by(step as usize).collect::<Vec<_>>();
        let weights = vec![step as f32; values.len()];
        Self { values, weights }
    }

    /// A summary of this one's numbers and those that came before.
    pub(super) fn after(self, before: &Self, epsilon: f64) -> Self {
        let values = self.values.into_iter().chain(before.values.iter().copied());
        let mut pairs = values.zip(self.weights.into_iter().chain(before.weights.iter().copied())).collect::<Vec<_>>();
        // Keras's order holds -0 and 0 for equal.
        pairs.sort_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(std::cmp::Ordering::Equal));
        let (values, weights) = pairs.into_iter().unzip();
        Self { values, weights }.compressed(epsilon)
    }

    /// Where this many bins of about the same share meet.
    pub(super) fn boundaries(self, num_bins: usize) -> Vec<f32> {
        let mut values = self.compressed(1.0 / num_bins as f64).values;
        values.pop();
        values
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    fn compressed(self, epsilon: f64) -> Self {
        if (self.values.len() as f64) * epsilon < 1.0 {
            return self;
        }
        let mut sum = 0.0;
        let sums = self.weights.iter().map(|weight| {
            sum += weight;
            sum
        });
        let sums = sums.collect::<Vec<f32>>();
        let parts = sums.iter().map(|part| f64::from(part / sum)).collect::<Vec<_>>();
        let wanted = (0..(1.0 / epsilon).ceil() as usize).map(|i| epsilon + i as f64 * epsilon);
        let mut before = 0.0;
        let mut at = 0;
        let pairs = wanted.map(|part| {
            let value = interpolate(part, &parts, &self.values, &mut at);
            let sum = interpolate(part, &parts, &sums, &mut at);
            let weight = sum - before;
            before = sum;
            (value as f32, weight as f32)
        });
        let (values, weights) = pairs.unzip();
        Self { values, weights }
    }
}

/// NumPy's `interp` at one place. `at` is where the search begins; places come in rising order.
fn interpolate(x: f64, xs: &[f64], ys: &[f32], at: &mut usize) -> f64 {
    let last = xs.len() - 1;
    if x < xs[0] {
        return ys[0].into();
    }
    if x > xs[last] {
        return ys[last].into();
    }
    while *at < last && xs[*at + 1] <= x {
        *at += 1;
    }
    let (low, y) = (*at, f64::from(ys[*at]));
    if low == last || xs[low] == x {
        return y;
    }
    (f64::from(ys[low + 1]) - y) / (xs[low + 1] - xs[low]) * (x - xs[low]) + y
}
