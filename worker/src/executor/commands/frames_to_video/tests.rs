//! Videos made by a real FFmpeg, which has to be on the search path, and looked at with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use image::{ImageFormat, Rgb, Rgb32FImage, RgbImage, Rgba, RgbaImage};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::executor::commands::bench::{Bench, Done};
use crate::executor::{CommandError, Report};

const WIDTH: u32 = 34;
const HEIGHT: u32 = 25;

/// What the job script for simple renders wants.
const ARGS: [&str; 11] = [
    "-c:v",
    "h264",
    "-crf",
    "20",
    "-vf",
    "pad=ceil(iw/2)*2:ceil(ih/2)*2",
    "-pix_fmt",
    "yuv420p",
    "-r",
    "23.976",
    "-y",
];

/// A folder with frames.
struct Shot(TempDir);

impl Shot {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn grey(self, name: &str, level: u8) -> Self {
        self.picture(name, [level; 3])
    }

    fn picture(self, name: &str, colour: [u8; 3]) -> Self {
        let picture = RgbImage::from_pixel(WIDTH, HEIGHT, Rgb(colour));
        picture.save(self.path(name)).unwrap();
        self
    }

    fn parameters(&self, pattern: &str, frames: &str) -> Value {
        json!({
            "exe": "ffmpeg", "argsBefore": ["-hide_banner", "-nostats"], "args": ARGS, "fps": 23.976,
            "inputGlob": self.path("*.png"), "outputFile": self.path("video.mp4"),
            "inputPattern": self.path(pattern), "frames": frames, "frameRate": "24000/1001",
        })
    }

    async fn video(&self, pattern: &str, frames: &str) -> Done {
        let parameters = self.parameters(pattern, frames);
        Bench::new().run("frames-to-video", parameters).await
    }

    /// The colour in the middle of each frame of a video.
    fn colours(&self, video: &str) -> Vec<[u8; 3]> {
        let raw = self.path("raw");
        let args = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-y"];
        let video = self.path(video);
        run(
            "ffmpeg",
            [
                &["-v", "error", "-i", text(&video)][..],
                &args,
                &[text(&raw)],
            ]
            .concat(),
        );
        let (width, height) = (WIDTH as usize, HEIGHT.next_multiple_of(2) as usize);
        let middle = (height / 2 * width + width / 2) * 3;
        let bytes = fs::read(&raw).unwrap();
        assert_eq!(bytes.len() % (width * height * 3), 0);
        bytes
            .chunks(width * height * 3)
            .map(|frame| frame[middle..middle + 3].try_into().unwrap())
            .collect()
    }

    #[track_caller]
    fn check(&self, done: &Done, video: &str, expected: &[[u8; 3]]) {
        assert!(done.result.is_ok(), "{}: {:#?}", done.error(), done.logs());
        let colours = self.colours(video);
        let is_near = |(is, should): (&[u8; 3], &[u8; 3])| {
            is.iter()
                .zip(should)
                .all(|(is, should)| is.abs_diff(*should) <= 4)
        };
        assert!(
            colours.len() == expected.len() && colours.iter().zip(expected).all(is_near),
            "{colours:?} are not about {expected:?}"
        );
        check_folder_is_gone(done);
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[expect(clippy::disallowed_methods, reason = "a test")]
fn run(program: &str, args: Vec<&str>) -> String {
    let output = Command::new(program)
        .args(args)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed for this test: {error}"));
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// The temporary folder that the command line in the log names.
fn temporary_folder(logs: &[String]) -> Option<PathBuf> {
    let words = logs.iter().flat_map(|log| log.split_whitespace());
    words
        .filter_map(|word| word.split_once("/%06d."))
        .map(|(folder, _)| PathBuf::from(folder))
        .next()
}

#[track_caller]
fn check_folder_is_gone(done: &Done) {
    let folder = temporary_folder(&done.logs()).expect("the log shows the command line");
    assert!(!folder.exists(), "{} is left", folder.display());
}

#[tokio::test]
async fn the_frames_of_the_job_are_used_in_order_and_no_others() {
    let shot = Shot::new()
        .grey("-000001.png", 30)
        .grey("000001.png", 90)
        .grey("000005.png", 150)
        .grey("000012.png", 220)
        .grey("000000.png", 255)
        .grey("000002.png", 0)
        .grey("000005_old.png", 0)
        .grey("poster.png", 0);
    let done = shot.video("######.png", "12, -1, 1-8x4").await;
    let expected = [30, 90, 150, 220].map(|level| [level; 3]);
    shot.check(&done, "video.mp4", &expected);
    let entries = "stream=r_frame_rate,nb_frames,color_space,color_transfer,color_range";
    let video = shot.path("video.mp4");
    let args = ["-v", "error", "-show_entries", entries, "-of", "csv=p=0"];
    let facts = run("ffprobe", [&args[..], &[text(&video)]].concat());
    assert_eq!(facts.trim(), "tv,bt709,iec61966-2-1,24000/1001,4");
}

#[tokio::test]
async fn transparency_shows_black() {
    let shot = Shot::new();
    for (name, alpha) in [("1.png", 255), ("2.png", 64), ("3.png", 0)] {
        RgbaImage::from_pixel(WIDTH, HEIGHT, Rgba([200, 100, 255, alpha]))
            .save(shot.path(name))
            .unwrap();
    }
    let done = shot.video("#.png", "1-3").await;
    let expected = [[200, 100, 255], [50, 25, 64], [0, 0, 0]];
    shot.check(&done, "video.mp4", &expected);
}

const COLOURS: [[u8; 3]; 5] = [
    [200, 100, 50],
    [20, 180, 60],
    [40, 60, 220],
    [255, 255, 255],
    [128, 128, 128],
];

#[tokio::test]
async fn colours_come_back_from_every_format_of_screens() {
    for extension in ["png", "jpg", "tif", "webp"] {
        let mut shot = Shot::new();
        for (colour, number) in COLOURS.iter().zip(1..) {
            shot = shot.picture(&format!("{number}.{extension}"), *colour);
        }
        let done = shot.video(&format!("#.{extension}"), "1-5").await;
        shot.check(&done, "video.mp4", &COLOURS);
    }
}

#[tokio::test]
async fn linear_light_looks_as_in_the_thumbnail() {
    for (extension, format) in [("exr", ImageFormat::OpenExr), ("hdr", ImageFormat::Hdr)] {
        let shot = Shot::new();
        Rgb32FImage::from_pixel(WIDTH, HEIGHT, Rgb([0.5, 0.0, 7.0]))
            .save_with_format(shot.path(&format!("1.{extension}")), format)
            .unwrap();
        let done = shot.video(&format!("#.{extension}"), "1").await;
        shot.check(&done, "video.mp4", &[[188, 0, 255]]);
    }
}

#[tokio::test]
async fn formats_that_ffmpeg_knows_by_other_names_are_read() {
    let shot = Shot::new();
    let source = format!("color=c=0xC86432:s={WIDTH}x{HEIGHT},format=rgb24");
    let mut args = vec!["-v", "error", "-f", "lavfi", "-i", &source];
    let formats = ["bmp", "tga", "dpx", "jp2", "sgi"];
    let files = formats.map(|extension| shot.path(&format!("1.{extension}")));
    for file in &files {
        args.extend(["-frames:v", "1", text(file)]);
    }
    run("ffmpeg", args);
    fs::rename(shot.path("1.sgi"), shot.path("1.rgb")).unwrap();
    for extension in ["bmp", "tga", "dpx", "jp2", "rgb"] {
        let done = shot.video(&format!("#.{extension}"), "1").await;
        shot.check(&done, "video.mp4", &[[200, 100, 50]]);
    }
}

#[tokio::test]
async fn each_view_has_its_video() {
    let shot = Shot::new()
        .grey("01_L.png", 40)
        .grey("02_L.png", 60)
        .grey("01_R.png", 140)
        .grey("02_R.png", 160);
    let done = shot.video("##.png", "1-2").await;
    shot.check(&done, "video_L.mp4", &[[40; 3], [60; 3]]);
    shot.check(&done, "video_R.mp4", &[[140; 3], [160; 3]]);
    assert!(!shot.path("video.mp4").exists());
}

#[tokio::test]
async fn a_missing_frame_is_named() {
    let shot = Shot::new().grey("1.png", 40).grey("3.png", 40);
    let done = shot.video("#.png", "1-3").await;
    assert!(
        done.error()
            .starts_with("frames-to-video: 1 of 3 frames are missing: ")
            && done.error().ends_with("2.png\""),
        "{}",
        done.error()
    );
    assert_eq!(done.logs(), [done.error()]);
}

#[tokio::test]
async fn a_broken_frame_is_no_shorter_video() {
    let shot = Shot::new().grey("1.png", 40).grey("3.png", 40);
    let whole = fs::read(shot.path("1.png")).unwrap();
    fs::write(shot.path("2.png"), &whole[..whole.len() / 2]).unwrap();
    let done = shot.video("#.png", "1-3").await;
    assert!(
        matches!(done.result, Err(CommandError::Program(_))),
        "{:?}",
        done.result
    );
    check_folder_is_gone(&done);
}

#[tokio::test]
async fn pictures_that_cannot_be_read_are_left_out_with_a_note() {
    let shot = Shot::new();
    fs::write(shot.path("1.cin"), b"\x80\x2a\x5f\xd7 and so on").unwrap();
    let done = shot.video("#.cin", "1").await;
    assert!(done.result.is_ok(), "{}", done.error());
    let note = "is left out: FFmpeg cannot read Cineon pictures";
    assert!(done.logs().iter().any(|log| log.ends_with(note)));
    assert!(!shot.path("video.mp4").exists());
}

#[tokio::test]
async fn the_temporary_folder_goes_when_the_task_is_called_off() {
    let shot = Shot::new().grey("1.png", 40);
    let mut parameters = shot.parameters("#.png", "1");
    parameters["exe"] = json!("sh");
    parameters["exeArgs"] = json!("-c 'echo begun; exec sleep 600' sh");
    let mut bench = Bench::new();
    let mut heard = bench.overhear();
    let canceller = bench.canceller();
    let cancel = async {
        let mut logs = Vec::new();
        while let Some(report) = heard.recv().await {
            if let Report::Update(update) = report {
                logs.extend(update.log);
            }
            if logs.iter().any(|log| log.contains("> begun")) {
                break;
            }
        }
        let existed = temporary_folder(&logs).is_some_and(|folder| folder.is_dir());
        canceller.send_replace(true);
        existed
    };
    let (done, existed) = tokio::join!(bench.run("frames-to-video", parameters), cancel);
    assert!(existed);
    assert!(matches!(done.result, Err(CommandError::Cancelled(_))));
    check_folder_is_gone(&done);
}

#[tokio::test]
async fn a_glob_makes_a_video_as_before() {
    let shot = Shot::new().grey("a.png", 40).grey("b.png", 140);
    let mut parameters = shot.parameters("", "");
    for ours in ["inputPattern", "frames", "frameRate"] {
        parameters.as_object_mut().unwrap().remove(ours);
    }
    let done = Bench::new().run("frames-to-video", parameters).await;
    assert!(done.result.is_ok(), "{}", done.error());
    assert_eq!(shot.colours("video.mp4").len(), 2);
}
