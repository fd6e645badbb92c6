//! Asking Blender what it is about to write: a Python expression on its command line.

use std::ops::RangeInclusive;

use farandole_frames::renders;

use crate::blender::expression;

/// The options that make Blender render.
const ACTIONS: [&str; 4] = ["-f", "--render-frame", "-a", "--render-anim"];

/// The arguments with the question right before the first that makes Blender render, so that all options before it
/// have taken effect. Unchanged if nothing is rendered, or frames are given relative to the range of the file, which
/// the question cannot name.
pub(super) fn with_question(mut args: Vec<String>) -> Vec<String> {
    let end = args.iter().position(|arg| arg == "--");
    let options = args.get(..end.unwrap_or(args.len())).unwrap_or_default();
    let action = options
        .iter()
        .position(|arg| ACTIONS.contains(&arg.as_str()));
    let (Some(action), Some(frames)) = (action, frames(&args)) else {
        return args;
    };
    let question = ["--python-expr".to_owned(), expression(&frames)];
    args.splice(action..action, question);
    args
}

/// The frames that will be rendered, empty if the scene knows them; `None` if some cannot be told.
fn frames(args: &[String]) -> Option<Vec<RangeInclusive<i32>>> {
    let lists = args
        .array_windows()
        .filter(|[option, _]| option == "-f" || option == "--render-frame");
    if lists.clone().any(|[_, list]| !is_absolute(list)) {
        return None;
    }
    let requests = renders(args.iter().map(String::as_str));
    let is_animation = |arg: &String| arg == "-a" || arg == "--render-anim";
    match (args.iter().any(is_animation), lists.count()) {
        (true, 0) => Some(Vec::new()),
        (false, _) => Some(requests.into_iter().flat_map(|it| it.frames).collect()),
        (true, _) => None,
    }
}

/// Whether a list names all of its frames by their numbers.
fn is_absolute(list: &str) -> bool {
    list.split(',')
        .flat_map(|part| part.split(".."))
        .map(str::trim)
        .all(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the question is among the arguments.
    fn place(args: &str) -> Option<usize> {
        let args = args.split(' ').map(str::to_owned).collect();
        let with = with_question(args);
        with.iter().position(|arg| arg == "--python-expr")
    }

    #[test]
    fn the_question_comes_right_before_the_first_action() {
        assert_eq!(place("-b a.blend -o /x -f 1..3"), Some(4));
        assert_eq!(place("-b a.blend -s 1 -e 2 -a"), Some(6));
        assert_eq!(place("-b a.blend --render-frame 1,4 -o /y -f 9"), Some(2));
    }

    #[test]
    fn what_cannot_be_named_is_not_asked() {
        for args in [
            "-b a.blend",
            "-b a.blend -f +1",
            "-b a.blend -f -1",
            "-b a.blend -f 1..+3",
            "-b a.blend -- -f 1",
            "-b a.blend -f 1 -a",
        ] {
            assert_eq!(place(args), None, "{args}");
        }
    }
}
