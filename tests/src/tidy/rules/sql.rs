//! SQL stays in the two stores, so that another database touches nothing else.

use proc_macro2::TokenTree;

use crate::tidy::tokens::each_level;
use crate::tidy::{Finding, Source};

const WHERE: [&str; 2] = ["manager/src/store/", "worker/src/upstream/"];

const CRATES: [&str; 7] = [
    "diesel",
    "diesel_migrations",
    "diesel_derives",
    "libsqlite3_sys",
    "rusqlite",
    "sqlx",
    "pq_sys",
];

/// How a statement begins. Texts for people do not shout.
const STATEMENTS: [&str; 12] = [
    "SELECT ",
    "INSERT INTO ",
    "INSERT OR ",
    "UPDATE ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "CREATE INDEX ",
    "DROP TABLE ",
    "ALTER TABLE ",
    "PRAGMA ",
    "BEGIN IMMEDIATE",
    "VACUUM",
];

pub(super) fn sql(source: &Source) -> Vec<Finding> {
    if source.is_in(&WHERE) {
        return Vec::new();
    }
    let mut findings = source.judge(|mention| {
        let root = mention.root().filter(|root| CRATES.contains(root))?;
        Some(format!("{root} outside the stores"))
    });
    each_level(&source.production, &mut |level| {
        for token in level {
            if let TokenTree::Literal(literal) = token {
                let text = literal.to_string();
                let text = text.trim_start_matches(['r', 'b', '#', '"', ' ', '\n']);
                if STATEMENTS
                    .iter()
                    .any(|statement| text.starts_with(statement))
                {
                    findings.push(
                        source.finding(literal.span().start().line, "SQL outside the stores"),
                    );
                }
            }
        }
    });
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::source::check;

    const BAD: &str = "use diesel::prelude::*;\nfn f() {\n    g(\"SELECT * FROM jobs\");\n    g(r#\"\n    DELETE FROM x\"#);\n}\n#[derive(diesel::Queryable)]\nstruct A;";

    #[test]
    fn sql_in_other_places_is_found() {
        for path in [
            "manager/src/http/jobs.rs",
            "worker/src/boot.rs",
            "cli/src/main.rs",
            "manager/src/storefront.rs",
        ] {
            check(sql, path, BAD, &[1, 3, 4, 7]);
        }
    }

    #[test]
    fn the_stores_may() {
        check(sql, "manager/src/store/queries/jobs.rs", BAD, &[]);
        check(sql, "worker/src/upstream/queue.rs", BAD, &[]);
    }

    #[test]
    fn words_are_not_statements() {
        check(
            sql,
            "cli/src/main.rs",
            "fn f() { g(\"Select a job\"); g(\"UPDATED\"); }",
            &[],
        );
    }
}
