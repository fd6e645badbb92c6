//! Durations in hours, minutes and seconds without blanks.

/// Whole seconds as `47s`, `1m30s` or `1h0m0s`.
pub fn short_duration(seconds: u64) -> String {
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{seconds}s"),
        (0, _) => format!("{minutes}m{seconds}s"),
        _ => format!("{hours}h{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leading_zeros_are_left_out_and_trailing_ones_kept() {
        for (seconds, text) in [
            (0, "0s"),
            (47, "47s"),
            (90, "1m30s"),
            (3600, "1h0m0s"),
            (90_061, "25h1m1s"),
        ] {
            assert_eq!(short_duration(seconds), text);
        }
    }
}
