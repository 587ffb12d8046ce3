//! Buffers of batches that are done with.

use std::sync::{Mutex, PoisonError};

/// Buffers to be used again, so that memory need not be asked for and zeroed for each batch.
pub(super) struct Pool {
    buffers: Mutex<Vec<Vec<f32>>>,
    /// The most that are kept.
    most: usize,
}

impl Pool {
    pub(super) fn new(most: usize) -> Self {
        Self { buffers: Mutex::default(), most }
    }

    /// A buffer of this length with any values.
    pub(super) fn take(&self, len: usize) -> Vec<f32> {
        let mut buffer = self.buffers.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        if buffer.capacity() < len {
            return vec![0.0; len];
        }
        buffer.resize(len, 0.0);
        buffer
    }

    pub(super) fn put(&self, buffer: Vec<f32>) {
        let mut buffers = self.buffers.lock().unwrap_or_else(PoisonError::into_inner);
        if buffers.len() < self.most && buffer.capacity() > 0 {
            buffers.push(buffer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_and_no_more_are_kept_than_allowed() {
        let pool = Pool::new(1);
        let (first, second) = (vec![1.0; 9], vec![2.0; 9]);
        let address = first.as_ptr();
        pool.put(first);
        pool.put(second);
        let again = pool.take(4);
        assert_eq!((again.as_ptr(), again.len()), (address, 4));
        assert_eq!(pool.take(9), [0.0; 9]);
    }
}
