//! Hearing what a program says, and reacting to it.

use crate::executor::{Cancelled, Site};

/// Hears each line that a program writes.
pub trait Listener {
    /// Whether the program is told something on its standard input. Without it, that input is empty.
    const ANSWERS: bool = false;

    /// Hears a line. The program is not read on before this is done.
    fn hear(
        &mut self,
        line: &str,
        site: &Site,
    ) -> impl Future<Output = Result<Reaction, Cancelled>>;
}

/// What is to be done about a line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Reaction {
    /// What stands in the task's log instead of the line.
    pub shown_as: Option<String>,
    /// The program waits for an empty line on its standard input.
    pub answer: bool,
    /// The program shall end: what it does is of no use.
    pub end: bool,
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug)]
pub struct NoListener;

impl Listener for NoListener {
    async fn hear(&mut self, _: &str, _: &Site) -> Result<Reaction, Cancelled> {
        Ok(Reaction::default())
    }
}
