//! Pure: how values are distributed.

/// Counts of values by their size.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// The bounds up to which values are counted, rising, and how many are above the bound before.
    buckets: Vec<(f64, u64)>,
    sum: f64,
    count: u64,
}

impl Histogram {
    /// Without values. The bounds rise; one without end is added.
    pub fn new(bounds: &[f64]) -> Self {
        let bounds = bounds.iter().copied().chain([f64::INFINITY]);
        Self {
            buckets: bounds.map(|bound| (bound, 0)).collect(),
            sum: 0.0,
            count: 0,
        }
    }

    /// Counts a value.
    pub fn add(&mut self, value: f64) {
        if let Some((_, count)) = self.buckets.iter_mut().find(|(bound, _)| value <= *bound) {
            *count += 1;
        }
        self.sum += value;
        self.count += 1;
    }

    /// How many values there are up to each bound, and above the one before.
    pub fn buckets(&self) -> &[(f64, u64)] {
        &self.buckets
    }

    /// The sum of all values.
    pub const fn sum(&self) -> f64 {
        self.sum
    }

    /// How many values there are.
    pub const fn count(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_counts_up_to_the_first_bound_that_holds_it() {
        let mut histogram = Histogram::new(&[1.0, 10.0]);
        for value in [0.5, 1.0, 1.5, 100.0] {
            histogram.add(value);
        }
        assert_eq!(
            histogram.buckets(),
            [(1.0, 2), (10.0, 1), (f64::INFINITY, 1)]
        );
        assert_eq!(histogram.count(), 4);
        assert!((histogram.sum() - 103.0).abs() < 1e-9);
    }
}
