//! The parameters of the command.

use farandole_protocol::frame_ranges::{FrameRanges, Notation};
use serde_json::Value;

use super::line::Tool;
use super::rate::FrameRate;
use super::run::NAME;
use crate::executor::commands::registry::refuse;
use crate::executor::parameters::{decimal, invalid};
use crate::executor::{CommandError, ParameterFault, Parameters};

/// What is to be done.
#[derive(Debug)]
pub(super) struct Film {
    pub(super) tool: Tool,
    pub(super) source: Source,
}

/// Which pictures become the video.
#[derive(Debug)]
pub(super) enum Source {
    /// All files that a pattern matches.
    Glob {
        pattern: String,
        fps: String,
        output: String,
    },
    /// These frames and no others.
    Frames(FrameSource),
}

/// The frames of a job.
#[derive(Debug)]
pub(super) struct FrameSource {
    pub(super) inputs: Vec<Input>,
    pub(super) frames: Vec<i32>,
    pub(super) rate: FrameRate,
}

/// Where frames are, and what video is made of them.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Input {
    /// The path of a frame, with a run of `#` for its number.
    pub(super) pattern: String,
    /// The video.
    pub(super) output: String,
    /// Whether the script named the view. Otherwise the pattern also stands for the files of each view.
    pub(super) is_one_view: bool,
}

/// Reads the parameters.
pub(super) fn read(parameters: Parameters<'_>) -> Result<Film, CommandError> {
    let read = || {
        Ok(Film {
            tool: tool(parameters)?,
            source: source(parameters)?,
        })
    };
    read().map_err(refuse(NAME))
}

fn tool(parameters: Parameters<'_>) -> Result<Tool, ParameterFault> {
    let mut args_before = parameters.words("exeArgs")?;
    args_before.extend(parameters.texts("argsBefore")?);
    Ok(Tool {
        exe: parameters.filled_text("exe")?.to_owned(),
        args_before,
        args: parameters.texts("args")?,
    })
}

fn source(parameters: Parameters<'_>) -> Result<Source, ParameterFault> {
    let output = parameters.filled_text("outputFile")?.to_owned();
    if let Ok(patterns) = parameters.any("inputPattern") {
        return Ok(Source::Frames(FrameSource {
            inputs: inputs(patterns, &output)
                .ok_or_else(|| invalid("inputPattern", "no pattern, and no list", patterns))?,
            frames: frames(parameters)?,
            rate: match parameters.any("frameRate") {
                Ok(rate) => {
                    FrameRate::read(rate).ok_or_else(|| invalid("frameRate", "not a rate", rate))?
                }
                Err(_) => FrameRate::Decimal(fps(parameters)?),
            },
        }));
    }
    Ok(Source::Glob {
        fps: decimal(fps(parameters)?),
        pattern: with_slashes(parameters.filled_text("inputGlob")?),
        output,
    })
}

fn fps(parameters: Parameters<'_>) -> Result<f64, ParameterFault> {
    let fps = parameters.number("fps")?;
    if fps == 0.0 {
        return Err(invalid("fps", "zero", &Value::from(fps)));
    }
    Ok(fps)
}

fn frames(parameters: Parameters<'_>) -> Result<Vec<i32>, ParameterFault> {
    let text = parameters.filled_text("frames")?;
    let invalid = |fault: &str| invalid("frames", fault, &Value::from(text));
    let ranges =
        FrameRanges::parse(text, Notation::Stepped).map_err(|error| invalid(&error.to_string()))?;
    let frames: Option<Vec<i32>> = ranges
        .frames()
        .map(|frame| i32::try_from(frame).ok())
        .collect();
    frames
        .filter(|frames| !frames.is_empty())
        .ok_or_else(|| invalid("no frames that Blender has"))
}

/// One pattern, or a list of `{view, pattern, outputFile}`. Without a file of its own a view's video is named after the
/// command's `outputFile` and the view.
fn inputs(patterns: &Value, output: &str) -> Option<Vec<Input>> {
    let list = match patterns {
        Value::String(pattern) if !pattern.is_empty() => {
            return Some(vec![Input {
                pattern: with_slashes(pattern),
                output: output.to_owned(),
                is_one_view: false,
            }]);
        }
        Value::Array(list) if !list.is_empty() => list,
        Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => return None,
    };
    let text = |view: &Value, name| {
        let text = view.get(name)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    list.iter()
        .map(|view| {
            let suffix = text(view, "view").map_or_else(String::new, |name| format!("_{name}"));
            Some(Input {
                pattern: with_slashes(&text(view, "pattern")?),
                output: text(view, "outputFile").unwrap_or_else(|| with_suffix(output, &suffix)),
                is_one_view: true,
            })
        })
        .collect()
}

/// A Manager on Windows may have put its own separators in.
fn with_slashes(path: &str) -> String {
    path.replace('\\', "/")
}

/// Puts a suffix before the extension of a path.
pub(super) fn with_suffix(path: &str, suffix: &str) -> String {
    let name_start = path.rfind('/').map_or(0, |slash| slash + 1);
    match path.rfind('.').filter(|dot| *dot > name_start) {
        Some(dot) => {
            let (stem, extension) = path.split_at(dot);
            format!("{stem}{suffix}{extension}")
        }
        None => format!("{path}{suffix}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn film(parameters: &Value) -> Result<Film, CommandError> {
        read(Parameters(parameters.as_object().unwrap()))
    }

    fn source(changes: &Value) -> Result<FrameSource, CommandError> {
        let mut parameters = json!({
            "exe": "ffmpeg", "fps": 23.976, "inputGlob": "/f/*.png", "outputFile": "/f/v.mp4",
            "inputPattern": r"\f\######.png", "frames": "1-9x4, 12", "frameRate": "24000/1001",
        });
        for (name, value) in changes.as_object().unwrap() {
            parameters[name] = value.clone();
        }
        match film(&parameters)?.source {
            Source::Frames(source) => Ok(source),
            Source::Glob { .. } => panic!("the pattern is ignored"),
        }
    }

    #[test]
    fn a_glob_is_used_without_a_pattern_only() {
        let good =
            json!({"exe": "ffmpeg", "fps": 24, "inputGlob": r"\f\*.png", "outputFile": "o.mp4"});
        let Source::Glob { pattern, fps, .. } = film(&good).unwrap().source else {
            panic!("no pattern was given");
        };
        assert_eq!((pattern.as_str(), fps.as_str()), ("/f/*.png", "24"));
        for (name, value) in [
            ("fps", json!(0)),
            ("fps", json!("24")),
            ("exe", json!("")),
            ("inputGlob", json!(1)),
            ("outputFile", json!(null)),
        ] {
            let mut bad = good.clone();
            bad[name] = value;
            assert!(film(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn frames_and_rate_are_read() {
        let source = source(&json!({})).unwrap();
        assert_eq!(source.frames, [1, 5, 9, 12]);
        assert_eq!(source.rate, FrameRate::Fraction(24_000, 1001));
        assert_eq!(
            source.inputs,
            [Input {
                pattern: "/f/######.png".to_owned(),
                output: "/f/v.mp4".to_owned(),
                is_one_view: false,
            }]
        );
    }

    #[test]
    fn the_old_rate_is_enough() {
        let parameters = json!({
            "exe": "ffmpeg", "fps": 12.5, "outputFile": "v.mp4", "inputPattern": "#.png", "frames": "1",
        });
        let Source::Frames(source) = film(&parameters).unwrap().source else {
            panic!("the pattern is ignored");
        };
        assert_eq!(source.rate, FrameRate::Decimal(12.5));
    }

    #[test]
    fn views_may_be_listed() {
        let list = json!([
            {"view": "left", "pattern": "/f/###_l.png"},
            {"pattern": "/f/###_r.png", "outputFile": "/r.mp4"},
        ]);
        let inputs = source(&json!({ "inputPattern": list })).unwrap().inputs;
        let outputs: Vec<&str> = inputs.iter().map(|it| it.output.as_str()).collect();
        assert_eq!(outputs, ["/f/v_left.mp4", "/r.mp4"]);
        assert!(inputs.iter().all(|it| it.is_one_view));
    }

    #[test]
    fn faulty_parameters_are_refused() {
        for changes in [
            json!({"inputPattern": ""}),
            json!({"inputPattern": []}),
            json!({"inputPattern": [{"view": "left"}]}),
            json!({"inputPattern": 5}),
            json!({"frames": ""}),
            json!({"frames": "5-1"}),
            json!({"frames": "1-9y2"}),
            json!({"frames": "3000000000"}),
            json!({"frames": 1}),
            json!({"frameRate": "fast"}),
            json!({"frameRate": 0}),
        ] {
            assert!(source(&changes).is_err(), "{changes}");
        }
    }

    #[test]
    fn a_suffix_comes_before_the_extension() {
        assert_eq!(with_suffix("/a.b/c.mp4", "_L"), "/a.b/c_L.mp4");
        assert_eq!(with_suffix("/a.b/c", "_L"), "/a.b/c_L");
        assert_eq!(with_suffix("/a/.c", "_L"), "/a/.c_L");
    }
}
