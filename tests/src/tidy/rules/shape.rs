//! The shape of files: each says what it is for, and those that list modules do nothing else.

use proc_macro2::Span;
use syn::Item;

use crate::tidy::{Finding, Source};

/// Every file opens with its documentation.
pub(super) fn documented(source: &Source) -> Vec<Finding> {
    let first = source.text.lines().next().unwrap_or_default();
    let says = first
        .strip_prefix("//!")
        .is_some_and(|doc| doc.trim().len() >= 10);
    if says {
        Vec::new()
    } else {
        vec![source.finding(1, "the first line is to say what this file is for (//! …)")]
    }
}

/// `mod.rs` and `lib.rs` are tables of contents.
pub(super) fn contents(source: &Source) -> Vec<Finding> {
    if !matches!(source.name(), "mod.rs" | "lib.rs") {
        return Vec::new();
    }
    source
        .items
        .iter()
        .filter_map(code)
        .map(|(span, what)| {
            source.finding(
                span.start().line,
                format!("{what} in a table of contents; give it a file with a name"),
            )
        })
        .collect()
}

fn code(item: &Item) -> Option<(Span, &'static str)> {
    if let Item::Fn(function) = item {
        Some((function.sig.ident.span(), "a function"))
    } else if let Item::Impl(block) = item {
        Some((block.impl_token.span, "an impl"))
    } else if let Item::Macro(call) = item {
        Some((call.mac.path.segments.first()?.ident.span(), "a macro"))
    } else if let Item::Mod(module) = item {
        module
            .content
            .as_ref()
            .map(|_| (module.ident.span(), "a module's inside"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn a_file_that_does_not_say_what_it_is_for_is_found() {
        for text in [
            "fn f() {}",
            "// A comment.\n//! Late.",
            "\n//! Late.",
            "//!\n//! Late.",
            "//! x",
            "",
        ] {
            check(documented, "cli/src/a.rs", text, &[1]);
        }
        check(
            documented,
            "cli/src/a.rs",
            "//! What it is for.\nfn f() {}",
            &[],
        );
    }

    #[test]
    fn code_in_a_table_of_contents_is_found() {
        let code =
            "//! Parts.\nmod a;\nfn f() {}\nimpl A {}\nmacro_rules! m { () => {} }\nmod b { }";
        check(contents, "manager/src/store/mod.rs", code, &[3, 4, 5, 6]);
        check(contents, "manager/src/lib.rs", code, &[3, 4, 5, 6]);
        check(contents, "manager/src/store/actor.rs", code, &[]);
    }

    #[test]
    fn a_list_is_fine() {
        check(
            contents,
            "manager/src/lib.rs",
            "//! Parts.\npub mod a;\n#[cfg(test)]\nmod tests;\npub use a::B;",
            &[],
        );
    }
}
