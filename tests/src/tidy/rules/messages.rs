//! A message can be refused: what ignores a mailbox's bound is for facts to a `Recipient` only.
//!
//! That no `Addr` is sent to in this way is clippy's to see, since it knows types (`.clippy.toml`). Here the rest is
//! kept: a file that has nothing to do with recipients has no use for it, not in macros and not in tests.

use proc_macro2::TokenTree;

use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

pub(super) fn messages(source: &Source) -> Vec<Finding> {
    let mut sends = Vec::new();
    let mut recipients = false;
    each_level(&source.tokens, &mut |level| {
        for token in level {
            if let TokenTree::Ident(ident) = token {
                recipients |= ident == "Recipient" || ident == "recipient";
                if ident == "do_send" {
                    sends.push(ident.span().start().line);
                }
            }
        }
    });
    if recipients {
        return Vec::new();
    }
    let what = "do_send is never refused and loses errors; ask, or try_send";
    sends
        .into_iter()
        .map(|line| source.finding(line, what))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn sending_without_bound_is_found() {
        let bad = "fn f() {\n    a.do_send(b);\n    m!(Addr::do_send);\n}\n#[test]\nfn g() { a.do_send(b) }";
        check(messages, "manager/src/a.rs", bad, &[2, 3, 6]);
    }

    #[test]
    fn sending_with_bound_and_telling_facts_is_fine() {
        check(
            messages,
            "manager/src/a.rs",
            "//! Not do_send.\nfn f() { a.try_send(b); }",
            &[],
        );
        check(
            messages,
            "manager/src/a.rs",
            "fn f(a: &Recipient<Fact>) { a.do_send(b); }",
            &[],
        );
    }
}
