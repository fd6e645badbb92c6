//! The core is pure: no actor, no database, no runtime, no clock, no chance, no file, no log.
//!
//! Pure are the farm's rules, and each file whose documentation begins with the word "Pure:".

use crate::tidy::mentions::{Mention, Role};
use crate::tidy::{Finding, Source};

const FARM: &str = "manager/src/farm/";

/// Crates that a pure file has no use for.
const CRATES: [&str; 17] = [
    "actix",
    "actix_web",
    "actix_rt",
    "actix_files",
    "diesel",
    "diesel_migrations",
    "libsqlite3_sys",
    "tokio",
    "tokio_util",
    "reqwest",
    "socket2",
    "if_addrs",
    "tracing",
    "tracing_subscriber",
    "log",
    "rand",
    "tempfile",
];

/// Parts of the standard library that reach outside.
const STD: [&str; 6] = ["fs", "io", "process", "env", "thread", "os"];

/// The clocks of the standard library.
const CLOCKS: [&str; 2] = ["Instant", "SystemTime"];

const PRINTING: [&str; 5] = ["print", "println", "eprint", "eprintln", "dbg"];

pub(super) fn pure(source: &Source) -> Vec<Finding> {
    let promised = source.text.starts_with("//! Pure:");
    if !promised && !source.is_in(&[FARM]) {
        return Vec::new();
    }
    source.judge(|mention| {
        Some(format!(
            "{} in a pure file: {}",
            mention.full(),
            objection(mention)?
        ))
    })
}

fn objection(mention: &Mention) -> Option<&'static str> {
    let last = mention.last();
    match mention.role {
        Role::Member => return (last == "await").then_some("nothing here can wait"),
        Role::Macro if PRINTING.contains(&last) => return Some("nothing here is told to anybody"),
        Role::Macro | Role::Imported | Role::Called | Role::Named => {}
    }
    let root = mention.root().unwrap_or_default();
    let second = mention.path.get(1).map_or("", String::as_str);
    if CRATES.contains(&root) {
        return Some("the shell's business");
    }
    if root == "std" && STD.contains(&second) {
        return Some("it reaches outside");
    }
    if root == "std" && second == "net" && !is_address(mention) {
        return Some("it reaches outside");
    }
    if mention
        .path
        .iter()
        .any(|segment| CLOCKS.contains(&segment.as_str()))
    {
        return Some("time comes in as a parameter");
    }
    let qualified = mention.path.len() > 1;
    match last {
        "now" | "now_v7" if qualified => Some("time comes in as a parameter"),
        "random" | "new_v4" if qualified => Some("what is random comes in as a parameter"),
        "async" => Some("nothing here can wait"),
        _ => None,
    }
}

/// Addresses are data; sockets are not. To name the module alone does nothing.
fn is_address(mention: &Mention) -> bool {
    mention
        .path
        .get(2)
        .is_none_or(|named| named.contains("Addr") && !named.starts_with("To"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    const INSIDE: &str = "manager/src/farm/a.rs";

    #[test]
    fn the_shells_crates_are_found() {
        check(
            pure,
            INSIDE,
            "use actix::Message;\nuse diesel::prelude::*;\nfn f(x: tokio::sync::mpsc::Sender<u8>) {}",
            &[1, 2, 3],
        );
        check(
            pure,
            INSIDE,
            "use tracing::info;\nfn f() {\n    info!(\"x\");\n    println!();\n    dbg!(1);\n}",
            &[1, 3, 4, 5],
        );
    }

    #[test]
    fn clocks_and_chance_are_found() {
        check(
            pure,
            INSIDE,
            "fn f() {\n    chrono::Utc::now();\n    Instant::elapsed(x);\n    protocol::time::now();\n}",
            &[2, 3, 4],
        );
        check(
            pure,
            INSIDE,
            "use farandole_protocol::time::now;\nfn f() { now() }",
            &[1, 2],
        );
        check(
            pure,
            INSIDE,
            "use std::time::SystemTime;\nfn f() {\n    Uuid::new_v4();\n    JobId::random();\n}",
            &[1, 3, 4],
        );
    }

    #[test]
    fn what_reaches_outside_is_found() {
        check(
            pure,
            INSIDE,
            "use std::{fs, io};\nfn f() {\n    std::env::var(x);\n    std::process::exit(1);\n}",
            &[1, 3, 4],
        );
        check(
            pure,
            INSIDE,
            "use std::net::UdpSocket;\nuse std::net::ToSocketAddrs;\nuse std::net::*;",
            &[1, 2, 3],
        );
        check(pure, INSIDE, "async fn f() {}\nfn g() { x.await }", &[1, 2]);
    }

    #[test]
    fn rules_are_fine() {
        let fine = "//! Rules.\nuse std::collections::BTreeMap;\nuse std::time::Duration;\nuse std::net::{IpAddr, Ipv4Addr};\n\
            use chrono::{DateTime, Utc};\nuse crate::farm::log::Line;\nfn f(now: DateTime<Utc>) { g(now); x.now(); std::net::Ipv4Addr::new(); }\n\
            #[cfg(test)]\nmod tests { use std::fs; fn f() { Utc::now() } }";
        check(pure, INSIDE, fine, &[]);
    }

    #[test]
    fn a_promise_is_kept_anywhere_and_others_are_not_held_to_it() {
        check(
            pure,
            "worker/src/a.rs",
            "//! Pure: a table.\nuse std::fs;",
            &[2],
        );
        check(pure, "worker/src/a.rs", "//! Files.\nuse std::fs;", &[]);
    }
}
