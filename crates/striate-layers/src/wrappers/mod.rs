//! Layers around a layer.

mod bidirectional;
mod time_distributed;

pub use self::bidirectional::{Bidirectional, BidirectionalLayer, BidirectionalMerge};
pub use self::time_distributed::{TimeDistributed, TimeDistributedLayer};
