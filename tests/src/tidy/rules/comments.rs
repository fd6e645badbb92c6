//! Nothing is left half done: what is still to do has the number of an issue, and no macro stands in for code.

use crate::tidy::mentions::Role;
use crate::tidy::{Finding, Source};

const MARKS: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];

/// A mark in a comment is followed by the issue that it belongs to, as in `FIXME(#12)`.
pub(super) fn to_do(source: &Source) -> Vec<Finding> {
    let marked = source.comments().into_iter().filter_map(|(line, text)| {
        let (mark, rest) = MARKS
            .iter()
            .find_map(|mark| Some((mark, text.split_once(mark)?.1)))?;
        let numbered = rest
            .strip_prefix("(#")
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        (!numbered).then(|| {
            source.finding(
                line,
                format!("{mark} without the issue's number: {mark}(#…)"),
            )
        })
    });
    marked.collect()
}

/// `todo!` and its like.
pub(super) fn unfinished(source: &Source) -> Vec<Finding> {
    source.judge(|mention| {
        let stub =
            mention.role == Role::Macro && matches!(mention.last(), "todo" | "unimplemented");
        stub.then(|| format!("{}! instead of code", mention.last()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn marks_without_a_number_are_found() {
        check(
            to_do,
            "cli/src/a.rs",
            "// TODO: later\nfn f() {} // FIXME\n/// XXX\nstruct A;\n/* HACK (#1) */",
            &[1, 2, 3, 5],
        );
    }

    #[test]
    fn marks_with_a_number_and_texts_are_fine() {
        check(
            to_do,
            "cli/src/a.rs",
            "// TODO(#12): later\nfn f() { g(\"TODO\"); } // a todo list",
            &[],
        );
    }

    #[test]
    fn stubs_are_found() {
        check(
            unfinished,
            "cli/src/a.rs",
            "fn f() { todo!() }\nfn g() {\n    unimplemented!(\"x\")\n}",
            &[1, 3],
        );
        check(
            unfinished,
            "cli/src/a.rs",
            "fn f() { unreachable!() }\nfn todo() {}",
            &[],
        );
    }
}
