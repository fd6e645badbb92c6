//! The list of the rules that look at Rust sources.

use super::{attributes, comments, handlers, logs, processes, pure, shape, sql, state};
use crate::tidy::{Finding, Source};

/// A rule: what it objects to in a file.
pub type Rule = fn(&Source) -> Vec<Finding>;

/// All of them, with the invariant that each keeps.
pub const ALL: [(&str, Rule); 12] = [
    ("state lives in actors", state::shared_state),
    ("the core is pure", pure::pure),
    ("SQL stays in the stores", sql::sql),
    ("handlers only translate", handlers::handlers),
    ("processes start in few places", processes::processes),
    ("every file says what it is for", shape::documented),
    ("tables of contents hold no code", shape::contents),
    ("what is logged has known names", logs::logs),
    ("every handler has a span", logs::spans),
    ("lints are expected, tests are run", attributes::attributes),
    ("what is to do has a number", comments::to_do),
    ("nothing is left unfinished", comments::unfinished),
];
