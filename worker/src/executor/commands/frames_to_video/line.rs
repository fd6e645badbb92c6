//! The command lines of FFmpeg. Pure.
//!
//! A video has to look like the thumbnails of its frames: transparent parts are black, and colours are unchanged. The
//! pictures are therefore composed over black first. They are then converted to YUV with the BT.709 matrix, and the video
//! is tagged with it; without tags, players guess the matrix from the size of the picture.

use crate::process::Program;

/// FFmpeg, and what the job wants of it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Tool {
    pub(super) exe: String,
    pub(super) args_before: Vec<String>,
    pub(super) args: Vec<String>,
}

/// A sequence of pictures with consecutive numbers.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Pictures {
    /// Their path in FFmpeg's notation, with `%06d` for the number.
    pub(super) path: String,
    /// What the decoder has to be told.
    pub(super) options: Vec<String>,
    /// Whether colours have yet to be multiplied with their alpha.
    pub(super) has_straight_alpha: bool,
}

/// Composes a picture with straight alpha over black.
const ON_BLACK: &str = "format=gbrap,premultiply=inplace=1,format=gbrp";

/// Drops the alpha channel of a picture whose colours are multiplied with it already.
const AS_THEY_ARE: &str = "format=gbrp";

/// Converts to YUV, rounding better than FFmpeg does by default.
const TO_VIDEO: &str =
    "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int";

/// Describes these colours in the metadata of the video.
const TAGS: [&str; 8] = [
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "iec61966-2-1",
    "-color_range",
    "tv",
];

/// A video of all files that a pattern matches. The rate is given for the input too; without it FFmpeg assumes 25 and
/// drops frames.
pub(super) fn of_glob(tool: Tool, pattern: &str, fps: &str, output: &str) -> Program {
    let mut args = tool.args_before;
    args.extend(["-r", fps, "-pattern_type", "glob", "-i", pattern].map(str::to_owned));
    args.extend(tool.args);
    args.extend(["-r", fps, output].map(str::to_owned));
    Program {
        exe: tool.exe,
        args,
    }
}

/// A video of a sequence. A picture that cannot be decoded is an error; by default, FFmpeg would skip it.
pub(super) fn of_sequence(tool: &Tool, input: &Pictures, rate: &str, output: &str) -> Program {
    let mut args = tool.args_before.clone();
    args.extend(["-xerror", "-framerate", rate, "-f", "image2"].map(str::to_owned));
    args.extend(input.options.iter().cloned());
    args.extend(["-i".to_owned(), input.path.clone()]);
    let first = if input.has_straight_alpha {
        ON_BLACK
    } else {
        AS_THEY_ARE
    };
    if is_ordinary_video(&tool.args) {
        // These come before the job's own options, which thereby override them.
        args.extend(TAGS.map(str::to_owned));
        args.extend(with_filters(&tool.args, first, Some(TO_VIDEO)));
    } else {
        args.extend(with_filters(&tool.args, first, None));
    }
    // FFmpeg uses the last rate of an output, so this one overrides that of the job.
    args.extend(["-r", rate, output].map(str::to_owned));
    Program {
        exe: tool.exe.clone(),
        args,
    }
}

/// Whether the video has luma and chroma in the range of television.
fn is_ordinary_video(args: &[String]) -> bool {
    let option = |arg: &String| arg == "-pix_fmt" || arg == "-pix_fmt:v";
    let format = args
        .iter()
        .rposition(option)
        .and_then(|at| args.get(at + 1));
    format.is_none_or(|format| {
        ["yuv", "nv", "p0"]
            .iter()
            .any(|kind| format.starts_with(kind))
            && !format.starts_with("yuvj")
    })
}

/// Puts filters before and after those of the job. A filter graph with labels is left as it is, because it is not known
/// where its inputs and outputs are.
fn with_filters(args: &[String], first: &str, last: Option<&str>) -> Vec<String> {
    let is_graph = |arg: &String| {
        ["-filter_complex", "-lavfi", "-filter_script"]
            .iter()
            .any(|option| arg.starts_with(option))
    };
    let mut args = args.to_vec();
    if args.iter().any(is_graph) {
        return args;
    }
    let option = |arg: &String| arg == "-vf" || arg == "-filter:v" || arg == "-filter:v:0";
    let place = args.iter().rposition(option).map(|at| at + 1);
    let own = place.and_then(|place| args.get(place).cloned());
    if own.as_ref().is_some_and(|own| own.contains(['[', ';'])) {
        return args;
    }
    let chain: Vec<&str> = [Some(first), own.as_deref(), last]
        .into_iter()
        .flatten()
        .filter(|filters| !filters.is_empty())
        .collect();
    let chain = chain.join(",");
    match place.and_then(|place| args.get_mut(place)) {
        Some(own) => *own = chain,
        None => args.extend(["-vf".to_owned(), chain]),
    }
    args
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tool(args: &[&str]) -> Tool {
        Tool {
            exe: "ffmpeg".to_owned(),
            args_before: vec!["-hide_banner".to_owned()],
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
        }
    }

    fn pictures(has_straight_alpha: bool) -> Pictures {
        Pictures {
            path: "/t/%06d.exr".to_owned(),
            options: vec!["-layer".to_owned(), "L".to_owned()],
            has_straight_alpha,
        }
    }

    #[test]
    fn a_glob_is_given_as_flamenco_does() {
        let program = of_glob(
            tool(&["-c:v", "h264", "-r", "24"]),
            "/out/*.png",
            "24",
            "/out.mp4",
        );
        let expected = [
            "-hide_banner",
            "-r",
            "24",
            "-pattern_type",
            "glob",
            "-i",
            "/out/*.png",
            "-c:v",
            "h264",
            "-r",
            "24",
            "-r",
            "24",
            "/out.mp4",
        ];
        assert_eq!(program.args, expected);
    }

    #[test]
    fn a_sequence_has_its_order() {
        let tool = tool(&["-c:v", "h264", "-pix_fmt", "gbrp"]);
        let program = of_sequence(&tool, &pictures(false), "24000/1001", "/out.mp4");
        let expected = [
            "-hide_banner",
            "-xerror",
            "-framerate",
            "24000/1001",
            "-f",
            "image2",
            "-layer",
            "L",
            "-i",
            "/t/%06d.exr",
            "-c:v",
            "h264",
            "-pix_fmt",
            "gbrp",
            "-vf",
            AS_THEY_ARE,
            "-r",
            "24000/1001",
            "/out.mp4",
        ];
        assert_eq!(program.args, expected);
    }

    #[track_caller]
    fn check_filters(args: &[&str], expected: &[&str]) {
        assert_eq!(with_filters(&tool(args).args, "a", Some("z")), expected);
    }

    #[test]
    fn filters_go_around_those_of_the_job() {
        check_filters(&["-y"], &["-y", "-vf", "a,z"]);
        check_filters(&["-vf", "pad=2:2", "-y"], &["-vf", "a,pad=2:2,z", "-y"]);
        check_filters(
            &["-vf", "x", "-filter:v", "y"],
            &["-vf", "x", "-filter:v", "a,y,z"],
        );
        check_filters(&["-vf"], &["-vf", "-vf", "a,z"]);
        let graph = ["-filter_complex", "[0:v]null[v]"];
        check_filters(&graph, &graph);
        let labelled = ["-vf", "[in]null[out]"];
        check_filters(&labelled, &labelled);
    }

    #[test]
    fn only_ordinary_videos_are_tagged() {
        for (args, tagged) in [
            (&["-pix_fmt", "yuv420p"][..], true),
            (&[], true),
            (&["-pix_fmt", "yuv420p", "-pix_fmt", "rgb24"], false),
            (&["-pix_fmt", "yuvj420p"], false),
            (&["-pix_fmt:v", "yuv422p10le"], true),
        ] {
            let line = of_sequence(&tool(args), &pictures(true), "24", "o.mp4").args;
            assert_eq!(line.contains(&"-colorspace".to_owned()), tagged, "{args:?}");
            assert_eq!(line.iter().any(|arg| arg.contains(TO_VIDEO)), tagged);
            assert!(line.iter().any(|arg| arg.starts_with(ON_BLACK)));
        }
    }
}
