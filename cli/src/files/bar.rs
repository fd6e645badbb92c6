//! A bar for bytes on their way; nothing where nobody looks.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::note;
use crate::terminal;

const TEMPLATE: &str =
    "{prefix} {wide_bar:.cyan/dim} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";

/// For terminals with less room than that takes.
const SHORT_TEMPLATE: &str = "{prefix} {wide_bar:.cyan/dim} {percent:>3} %  {eta}";
const NARROW: usize = 72;

/// A bar for so many bytes.
pub(crate) fn bar(what: &str, bytes: u64) -> ProgressBar {
    if !terminal::shows_bars() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::stderr());
    let (_, columns) = terminal::size();
    let template = if columns < NARROW {
        SHORT_TEMPLATE
    } else {
        TEMPLATE
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(what.to_owned());
    bar
}

/// Leaves the bar as it is when somebody pressed Ctrl-C: where `^C` was written, nothing can be drawn over any more.
pub(crate) fn leave(bar: &ProgressBar) {
    if !bar.is_hidden() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
        note("");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_understood() {
        for template in [TEMPLATE, SHORT_TEMPLATE] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
