//! A message can be refused: the one way to send that ignores a mailbox's bound is used nowhere, in tests neither.

use proc_macro2::TokenTree;

use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

pub(super) fn messages(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    each_level(&source.tokens, &mut |level| {
        for token in level {
            if matches!(token, TokenTree::Ident(ident) if ident == "do_send") {
                let line = token.span().start().line;
                findings.push(source.finding(
                    line,
                    "do_send is never refused and loses errors; ask, or try_send",
                ));
            }
        }
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn sending_without_bound_is_found() {
        check(
            messages,
            "manager/src/a.rs",
            "fn f() {\n    a.do_send(b);\n    m!(Addr::do_send);\n}\n#[test]\nfn g() { a.do_send(b) }",
            &[2, 3, 6],
        );
    }

    #[test]
    fn sending_with_bound_is_fine() {
        check(
            messages,
            "manager/src/a.rs",
            "//! Not do_send.\nfn f() { a.try_send(b); }",
            &[],
        );
    }
}
