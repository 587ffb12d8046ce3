//! The few protocol buffers of an event file: TensorFlow's `event.proto` and `summary.proto`.

/// A message that is being written.
#[derive(Default)]
pub(super) struct Message(Vec<u8>);

/// What the low three bits of a field's key say of its bytes.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
    Fixed32 = 5,
}

impl Message {
    fn varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    fn key(&mut self, field: u32, wire: Wire) {
        self.varint(u64::from(field) << 3 | wire as u64);
    }

    pub(super) fn int(mut self, field: u32, number: i64) -> Self {
        self.key(field, Wire::Varint);
        self.varint(number.cast_unsigned());
        self
    }

    pub(super) fn double(mut self, field: u32, number: f64) -> Self {
        self.key(field, Wire::Fixed64);
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(super) fn float(mut self, field: u32, number: f32) -> Self {
        self.key(field, Wire::Fixed32);
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, field: u32, bytes: &[u8]) -> Self {
        self.key(field, Wire::Length);
        self.varint(bytes.len() as u64);
        self.0.extend(bytes);
        self
    }

    pub(super) fn message(self, field: u32, message: Self) -> Self {
        self.bytes(field, &message.0)
    }

    pub(super) fn doubles(self, field: u32, numbers: &[f64]) -> Self {
        let packed: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.bytes(field, &packed)
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}

/// `Event` with its time and step; `what` and its field follow.
pub(super) fn event(wall_time: f64, step: i64) -> Message {
    Message::default().double(1, wall_time).int(2, step)
}

/// `Event.file_version`.
pub(super) fn version(wall_time: f64) -> Vec<u8> {
    Message::default().double(1, wall_time).bytes(3, b"brain.Event:2").done()
}

/// `Event.session_log` with `SessionLog.START`: what other files have from this step on is forgotten.
pub(super) fn start(wall_time: f64, step: i64) -> Vec<u8> {
    event(wall_time, step).message(7, Message::default().int(1, 1)).done()
}

/// `Event.summary` with one `Summary.Value`.
pub(super) fn summary(wall_time: f64, step: i64, value: Message) -> Vec<u8> {
    event(wall_time, step).message(5, Message::default().message(1, value)).done()
}

/// `Summary.Value.tag`.
pub(super) fn tagged(tag: &str) -> Message {
    Message::default().bytes(1, tag.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand, from the rules of protocol buffers.
    #[test]
    fn numbers_have_the_bytes_of_protocol_buffers() {
        assert_eq!(Message::default().int(2, 300).done(), [0x10, 0xac, 0x02]);
        assert_eq!(Message::default().int(2, -1).done(), [0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]);
        assert_eq!(Message::default().float(2, 1.0).done(), [0x15, 0, 0, 0x80, 0x3f]);
        assert_eq!(Message::default().bytes(16, b"ab").done(), [0x82, 0x01, 2, b'a', b'b']);
        assert_eq!(summary(0.0, 1, tagged("a"))[9..], [0x10, 1, 0x2a, 5, 0x0a, 3, 0x0a, 1, b'a']);
    }
}
