//! How long a value is as JSON.

/// How long this is as JSON, without making the text.
pub(super) fn json_length(value: &impl serde::Serialize) -> usize {
    let mut counter = Counter(0);
    // Counting does not fail, and what cannot be written takes no room.
    drop(serde_json::to_writer(&mut counter, value));
    counter.0
}

struct Counter(usize);

impl std::io::Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_counted_as_it_is_written() {
        let value = serde_json::json!({"a": ["ü", 1.5, null]});
        assert_eq!(json_length(&value), value.to_string().len());
    }
}
