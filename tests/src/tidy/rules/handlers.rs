//! HTTP handlers only translate: they open no file, query no table, decide nothing about the farm.
//!
//! A file that its actor has opened may be streamed, so the types of open files may be named.

use crate::tidy::mentions::{Mention, Role};
use crate::tidy::{Finding, Source};

const WHERE: &str = "manager/src/http/";

/// What of the farm may be named: orders and their replies, ids and counts, and the reasons that people are told.
const OF_THE_FARM: [&str; 3] = ["commands", "eligibility", "keys"];

/// What of the store is not a handler's business: its inside, and everything that writes or belongs to a start. Its
/// queries are.
const OF_THE_STORE: [&str; 15] = [
    "schema",
    "connection",
    "threads",
    "commit",
    "load",
    "Connection",
    "Commit",
    "Committed",
    "LoadFarm",
    "LoadJob",
    "LoadJobOfTask",
    "BeginJob",
    "StoreTasks",
    "DiscardJob",
    "RemoveUnreleased",
];

const OPENING: [&str; 6] = [
    "open",
    "open_async",
    "create",
    "create_new",
    "options",
    "open_buffered",
];

pub(super) fn handlers(source: &Source) -> Vec<Finding> {
    if !source.is_in(&[WHERE]) {
        return Vec::new();
    }
    source.judge(|mention| {
        Some(format!(
            "{} in a handler: {}",
            mention.full(),
            objection(mention)?
        ))
    })
}

fn objection(mention: &Mention) -> Option<&'static str> {
    let second = mention.path.get(1).map_or("", String::as_str);
    let third = mention.path.get(2).map_or("", String::as_str);
    let root = mention.root().unwrap_or_default();
    match (root, second) {
        ("std" | "tokio", "fs") if !names_a_file(mention) => {
            return Some("its actor opens and creates files");
        }
        ("actix_files", "Files" | "*") => return Some("its actor opens and creates files"),
        ("diesel", _) => return Some("the store is asked"),
        ("crate", "farm") if !third.is_empty() && !OF_THE_FARM.contains(&third) => {
            return Some("the Scheduler decides");
        }
        ("crate", "store") if OF_THE_STORE.contains(&third) => {
            return Some("the store's own business");
        }
        _ => {}
    }
    let opened =
        mention.has(&["File"]) || mention.has(&["NamedFile"]) || mention.has(&["OpenOptions"]);
    match (mention.role, mention.last()) {
        (_, last) if opened && OPENING.contains(&last) => Some("its actor opens and creates files"),
        (Role::Member | Role::Called, "decide") => Some("the Scheduler decides"),
        (Role::Member, "establish" | "transaction") => Some("the store is asked"),
        _ => None,
    }
}

/// `std::fs::File` and `tokio::fs::File`, and nothing that is done with them.
fn names_a_file(mention: &Mention) -> bool {
    let last = mention.last();
    mention.path.len() == 3 && last == "File" && mention.role != Role::Called || last == "from_std"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    const INSIDE: &str = "manager/src/http/jobs.rs";

    #[test]
    fn opening_files_is_found() {
        check(
            handlers,
            INSIDE,
            "use std::fs;\nfn f() {\n    fs::read(x);\n    std::fs::File::open(x);\n    tokio::fs::write(x);\n}",
            &[1, 3, 4, 5],
        );
        check(
            handlers,
            INSIDE,
            "use actix_files::{Files, NamedFile};\nfn f() {\n    NamedFile::open(x);\n    NamedFile::open_async(x);\n}",
            &[1, 3, 4],
        );
    }

    #[test]
    fn deciding_is_found() {
        check(
            handlers,
            INSIDE,
            "use crate::farm::state::Farm;\nuse crate::farm::decision::Decision;\nfn f() {\n    order.decide(farm);\n}",
            &[1, 2, 4],
        );
        check(
            handlers,
            INSIDE,
            "use crate::store::schema::jobs;\nuse crate::store::{Commit, ListJobs};\nuse diesel::prelude::*;",
            &[1, 2, 3],
        );
    }

    #[test]
    fn translating_is_fine() {
        let fine = "use crate::farm::commands::jobs::SetJobStatus;\nuse crate::farm::eligibility::WhyNot;\nuse crate::store::{ListJobs, Store};\n\
            use actix_files::NamedFile;\nuse tokio::fs::File;\nfn f(file: File) { ask(x).await; NamedFile::from_file(file, path); dialog.open(); }";
        check(handlers, INSIDE, fine, &[]);
        check(
            handlers,
            "manager/src/task_logs/actor.rs",
            "use std::fs;\nfn f() { fs::read(x) }",
            &[],
        );
    }
}
