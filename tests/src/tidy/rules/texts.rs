//! What no text may contain, whatever its language.

use crate::tidy::Finding;

/// Paths of the machines that the project is made on: nobody else has them. In two parts each, because this file is
/// looked at as well.
const PATHS: [(&str, &str); 2] = [("/wor", "k/"), ("../sha", "red")];

/// No path of a machine stands in the project.
pub fn machine_paths(path: &str, text: &str) -> Vec<Finding> {
    let paths = PATHS.map(|(one, two)| format!("{one}{two}"));
    let mut findings = Vec::new();
    for (text, line) in text.lines().zip(1..) {
        if let Some(found) = paths.iter().find(|one| begins_a_path(text, one)) {
            findings.push(Finding {
                path: path.to_owned(),
                line,
                what: format!("{found} is a path of some machine"),
            });
        }
    }
    findings
}

/// Whether the text contains it where a path begins: `x/home/` is a path below x.
fn begins_a_path(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, lines: &[usize]) {
        let found: Vec<usize> = machine_paths(path, text)
            .iter()
            .map(|finding| finding.line)
            .collect();
        assert_eq!(found, lines);
    }

    #[test]
    fn machine_paths_are_found() {
        let [work, shared] = PATHS.map(|(one, two)| format!("{one}{two}"));
        check(
            "README.md",
            &format!("a\n`{work}main`\nsee {shared}/x\n\"{work}\""),
            &[2, 3, 4],
        );
    }

    #[test]
    fn other_paths_are_fine() {
        let [work, ..] = PATHS.map(|(one, two)| format!("{one}{two}"));
        check(
            "README.md",
            &format!("/workers/x\nsome{work}x\n{{dir}}{work}x\n/tmp/x"),
            &[],
        );
    }
}
