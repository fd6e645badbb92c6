//! What was noticed about the outputs of a job and is a warning, not a failure. Pure.
//!
//! Findings are counted per task, since those of an earlier attempt no longer matter once a task runs again, and
//! summed over the job, since that is what people see.

use std::collections::BTreeMap;

use farandole_protocol::api::{FindingClass, JobFinding, TaskFinding};

/// The findings of a job.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    by_task: BTreeMap<(u32, FindingClass), u32>,
    sums: BTreeMap<FindingClass, Sum>,
}

/// The findings of one class.
#[derive(Clone, Debug)]
struct Sum {
    count: i64,
    /// The latest line, as an example.
    line: String,
}

impl Findings {
    /// Those that concern a job and none of its tasks.
    pub fn of_whole(found: &[TaskFinding]) -> Self {
        let mut findings = Self::default();
        for finding in found {
            findings.add(0, finding.class, 1, &finding.line);
        }
        findings
    }

    /// Counts findings of a task. Gives how many of this class the task has now.
    pub(super) fn add(&mut self, index: u32, class: FindingClass, count: u32, line: &str) -> u32 {
        let of_task = self.by_task.entry((index, class)).or_default();
        *of_task = of_task.saturating_add(count);
        let sum = self.sums.entry(class).or_insert_with(|| Sum {
            count: 0,
            line: String::new(),
        });
        sum.count += i64::from(count);
        line.clone_into(&mut sum.line);
        *of_task
    }

    /// Forgets the findings of a task. Says whether there were any.
    pub(super) fn clear_task(&mut self, index: u32) -> bool {
        let mut any = false;
        for class in FindingClass::ALL {
            if let Some(count) = self.by_task.remove(&(index, *class)) {
                any = true;
                self.subtract(*class, count);
            }
        }
        any
    }

    /// The sums by class.
    pub fn summary(&self) -> Vec<JobFinding> {
        let sums = self.sums.iter().map(|(class, sum)| JobFinding {
            class: *class,
            count: sum.count,
            line: sum.line.clone(),
        });
        sums.collect()
    }

    fn subtract(&mut self, class: FindingClass, count: u32) {
        if let Some(sum) = self.sums.get_mut(&class) {
            sum.count -= i64::from(count);
            if sum.count <= 0 {
                self.sums.remove(&class);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_summed_and_forgotten_with_their_task() {
        let mut findings = Findings::default();
        assert_eq!(findings.add(1, FindingClass::PythonError, 1, "first"), 1);
        assert_eq!(findings.add(1, FindingClass::PythonError, 2, "second"), 3);
        findings.add(2, FindingClass::PythonError, 1, "third");
        findings.add(2, FindingClass::DeviceFallback, 1, "no GPU");
        let python = |count, line: &str| JobFinding {
            class: FindingClass::PythonError,
            count,
            line: line.to_owned(),
        };
        assert_eq!(findings.summary()[1], python(4, "third"));
        assert!(findings.clear_task(2) && !findings.clear_task(2));
        assert_eq!(findings.summary(), [python(3, "third")]);
        assert!(findings.clear_task(1));
        assert!(findings.summary().is_empty());
    }
}
