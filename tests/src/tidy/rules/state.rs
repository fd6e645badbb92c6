//! State lives in actors: no lock, and nothing mutable that is reachable from everywhere.

use proc_macro2::TokenTree;

use crate::tidy::mentions::Role;
use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

/// Where the rule holds. The other crates have no actors; what they share, they pass by value.
const WHERE: [&str; 3] = ["manager/src/", "worker/src/", "discovery/src/"];

/// Types that share something mutable, whichever crate they are from.
const LOCKS: [&str; 12] = [
    "Mutex",
    "RwLock",
    "ReentrantLock",
    "Condvar",
    "OnceLock",
    "OnceCell",
    "LazyLock",
    "Lazy",
    "DashMap",
    "DashSet",
    "parking_lot",
    "ArcSwap",
];

/// Macros that declare hidden statics.
const DECLARING: [&str; 2] = ["thread_local", "lazy_static"];

pub(super) fn shared_state(source: &Source) -> Vec<Finding> {
    if !source.is_in(&WHERE) {
        return Vec::new();
    }
    let mut findings = source.judge(|mention| {
        let lock = mention
            .path
            .iter()
            .find(|segment| LOCKS.contains(&segment.as_str()));
        let lock = lock.filter(|_| mention.role != Role::Member);
        let declared = mention.role == Role::Macro && DECLARING.contains(&mention.last());
        match (lock, declared) {
            (Some(lock), _) => Some(format!(
                "{lock} shares state; an actor owns it and is asked"
            )),
            (None, true) => Some(format!(
                "{}! declares state that everybody reaches",
                mention.last()
            )),
            (None, false) => None,
        }
    });
    each_level(&source.production, &mut |level| {
        findings.extend(statics(source, level));
    });
    findings
}

/// Statics that are `mut`, or whose type can be changed through a shared reference.
fn statics(source: &Source, level: &[TokenTree]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, token) in level.iter().enumerate() {
        let before = at.checked_sub(1).and_then(|index| level.get(index));
        let lifetime = matches!(before, Some(TokenTree::Punct(punct)) if punct.as_char() == '\'');
        if lifetime || !matches!(token, TokenTree::Ident(ident) if ident == "static") {
            continue;
        }
        let declaration = level.iter().skip(at + 1);
        let declaration =
            declaration.take_while(|token| !matches!(token, TokenTree::Punct(punct) if matches!(punct.as_char(), '=' | ';')));
        let mut words = Vec::new();
        let declaration: proc_macro2::TokenStream = declaration.cloned().collect();
        each_level(&declaration, &mut |level| {
            words.extend(level.iter().filter_map(|token| match token {
                TokenTree::Ident(ident) => Some(ident.to_string()),
                TokenTree::Group(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => None,
            }));
        });
        let mutable =
            |word: &String| word == "mut" || word.starts_with("Atomic") || word.ends_with("Cell");
        if let Some(word) = words.iter().find(|word| mutable(word)) {
            findings.push(source.finding(
                token.span().start().line,
                format!("a static with {word} is state that everybody reaches"),
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    #[test]
    fn locks_are_found() {
        check(
            shared_state,
            "manager/src/a.rs",
            "use std::sync::Mutex;\nfn f() {\n    tokio::sync::RwLock::new(1);\n}",
            &[1, 3],
        );
        check(
            shared_state,
            "worker/src/a.rs",
            "use std::sync;\nstruct A(sync::OnceLock<u8>);\nuse dashmap::DashMap;",
            &[2, 3],
        );
        check(
            shared_state,
            "discovery/src/a.rs",
            "fn f() { m! { std::cell::OnceCell::new() } }",
            &[1],
        );
    }

    #[test]
    fn mutable_statics_are_found() {
        check(
            shared_state,
            "manager/src/a.rs",
            "static mut A: u8 = 1;\nstatic B: AtomicU64 = AtomicU64::new(0);",
            &[1, 2],
        );
        check(
            shared_state,
            "manager/src/a.rs",
            "static C: [Wrapper<RefCell<u8>>; 1] = [];\nthread_local! { static D: u8 = 1; }",
            &[1, 2],
        );
        check(
            shared_state,
            "manager/src/a.rs",
            "fn f() { static N: std::sync::atomic::AtomicBool = x; }",
            &[1],
        );
    }

    #[test]
    fn what_is_not_shared_is_fine() {
        let fine = "use std::sync::Arc;\nstatic A: &'static str = \"x\";\nstruct B(Cell<u8>, Arc<AtomicU64>);\nfn f(x: &'static mut u8) { x.Mutex }\n\
            #[cfg(test)]\nmod tests { use std::sync::Mutex; static N: AtomicU8 = x; }";
        check(shared_state, "manager/src/a.rs", fine, &[]);
        check(shared_state, "tests/src/a.rs", "use std::sync::Mutex;", &[]);
        check(
            shared_state,
            "manager/tests/a.rs",
            "use std::sync::Mutex;",
            &[],
        );
    }
}
