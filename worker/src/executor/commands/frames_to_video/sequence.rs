//! The temporary folder from which FFmpeg reads: the pictures of a video under consecutive numbers.
//!
//! It is in the system's folder for temporary files. The folder of the frames would not do: it may be on a file system
//! without links, and people and other programs read it.

use std::env;
use std::fs::{self, DirBuilder};
use std::io::{self, BufReader};
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf, absolute};
use std::process;

use farandole_frames::open_regular;
use image::{ImageError, ImageReader, Limits, Rgb, RgbImage};
use tracing::warn;

use super::kind::{Reading, reading};
use super::line::Pictures;
use crate::text::quoted;
use crate::uploader::shown;

/// Pictures that need more memory than this are not converted.
const MAX_MEMORY: u64 = 1 << 30;

/// What FFmpeg is given.
#[derive(Debug)]
pub(super) enum Prepared {
    /// A folder of pictures.
    Sequence(Sequence),
    /// Nothing, because FFmpeg cannot read such pictures. The text is the reason.
    LeftOut(&'static str),
}

/// Why there are no pictures for FFmpeg.
#[derive(Debug, thiserror::Error)]
pub(super) enum SequenceError {
    #[error("cannot read {}: {source}", quoted(&path.to_string_lossy()))]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is empty", quoted(&path.to_string_lossy()))]
    Empty { path: PathBuf },
    #[error("cannot convert {}: {source}", quoted(&path.to_string_lossy()))]
    NotConverted { path: PathBuf, source: ImageError },
    #[error("cannot make a temporary folder in {}: {source}", quoted(&path.to_string_lossy()))]
    NoFolder { path: PathBuf, source: io::Error },
    #[error("cannot put {} into a temporary folder: {source}", quoted(&path.to_string_lossy()))]
    NotPlaced { path: PathBuf, source: io::Error },
    #[error("the task was called off")]
    Cancelled,
}

/// A folder with pictures. It is removed with all that is in it when this is dropped.
#[derive(Debug)]
pub(super) struct Sequence {
    pictures: Pictures,
    _folder: TemporaryFolder,
}

impl Sequence {
    /// What FFmpeg has to be told.
    pub(super) fn input(&self) -> &Pictures {
        &self.pictures
    }
}

/// Puts the pictures into a folder, in this order. `go_on` is asked before each.
pub(super) fn prepare(
    files: &[PathBuf],
    go_on: impl Fn() -> bool,
) -> Result<Prepared, SequenceError> {
    let Some(first) = files.first() else {
        return Ok(Prepared::LeftOut("there are no frames"));
    };
    let unreadable = |path: &Path, source| SequenceError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // FFmpeg stops at an empty file without an error, and the video would end there.
    for file in files {
        let meta = file.metadata().map_err(|source| unreadable(file, source))?;
        if meta.len() == 0 {
            return Err(SequenceError::Empty { path: file.clone() });
        }
    }
    let (extension, options, has_straight_alpha, place): (_, _, _, Place) =
        match reading(first).map_err(|source| unreadable(first, source))? {
            Reading::LeftOut(why) => return Ok(Prepared::LeftOut(why)),
            Reading::Converted => ("png".to_owned(), Vec::new(), false, convert),
            Reading::Linked {
                extension,
                options,
                has_straight_alpha,
            } => (extension, options, has_straight_alpha, link),
        };
    let folder = TemporaryFolder::new()?;
    for (number, file) in files.iter().enumerate() {
        if !go_on() {
            return Err(SequenceError::Cancelled);
        }
        place(file, &folder.0.join(format!("{number:06}.{extension}")))?;
    }
    // FFmpeg takes a single percent sign for the start of the number.
    let path = folder.0.to_string_lossy().replace('%', "%%");
    Ok(Prepared::Sequence(Sequence {
        pictures: Pictures {
            path: format!("{path}/%06d.{extension}"),
            options,
            has_straight_alpha,
        },
        _folder: folder,
    }))
}

type Place = fn(&Path, &Path) -> Result<(), SequenceError>;

fn link(from: &Path, to: &Path) -> Result<(), SequenceError> {
    let linked = absolute(from).and_then(|from| {
        symlink(&from, to)
            .or_else(|_| fs::hard_link(&from, to))
            .or_else(|_| fs::copy(&from, to).map(drop))
    });
    linked.map_err(|source| SequenceError::NotPlaced {
        path: from.to_owned(),
        source,
    })
}

/// Linear light becomes what thumbnails show.
fn convert(from: &Path, to: &Path) -> Result<(), SequenceError> {
    let convert = || -> Result<(), ImageError> {
        let mut reader =
            ImageReader::new(BufReader::new(open_regular(from)?)).with_guessed_format()?;
        let mut limits = Limits::no_limits();
        limits.max_alloc = Some(MAX_MEMORY);
        reader.limits(limits);
        let light = reader.decode()?.into_rgb32f();
        let mut picture = RgbImage::new(light.width(), light.height());
        for (to, from) in picture.pixels_mut().zip(light.pixels()) {
            *to = Rgb(from.0.map(shown));
        }
        picture.save(to)
    };
    convert().map_err(|source| SequenceError::NotConverted {
        path: from.to_owned(),
        source,
    })
}

#[derive(Debug)]
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes a folder that is accessible to this user only.
    fn new() -> Result<Self, SequenceError> {
        let parent = env::temp_dir();
        let number: u64 = rand::random();
        let path = parent.join(format!("farandole-video-{}-{number:016x}", process::id()));
        match DirBuilder::new().mode(0o700).create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(source) => Err(SequenceError::NoFolder {
                path: parent,
                source,
            }),
        }
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // This removes the links, and not the frames that they point to.
        if let Err(error) = fs::remove_dir_all(&self.0) {
            warn!(path = %self.0.display(), %error, "cannot remove a temporary folder");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(files: &[PathBuf]) -> Sequence {
        match prepare(files, || true) {
            Ok(Prepared::Sequence(sequence)) => sequence,
            other => panic!("{other:?}"),
        }
    }

    fn folder(sequence: &Sequence) -> PathBuf {
        Path::new(&sequence.input().path)
            .parent()
            .unwrap()
            .to_owned()
    }

    #[test]
    fn links_have_consecutive_numbers_and_go_with_the_sequence() {
        let dir = tempfile::tempdir().unwrap();
        let files = ["9.jpg", "10.jpg"].map(|name| dir.path().join(name));
        for file in &files {
            RgbImage::new(2, 2)
                .save_with_format(file, image::ImageFormat::Png)
                .unwrap();
        }
        let sequence = prepared(&files);
        let folder = folder(&sequence);
        assert!(!folder.starts_with(dir.path()));
        for (number, file) in files.iter().enumerate() {
            let link = folder.join(format!("{number:06}.png"));
            assert_eq!(&link.canonicalize().unwrap(), file);
        }
        assert_eq!(
            sequence.input().path,
            format!("{}/%06d.png", folder.display())
        );
        assert!(sequence.input().has_straight_alpha);
        drop(sequence);
        assert!(!folder.exists() && files.iter().all(|file| file.exists()));
    }

    #[test]
    fn radiance_pictures_are_converted() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.hdr");
        let encoder = image::codecs::hdr::HdrEncoder::new(fs::File::create(&file).unwrap());
        encoder.encode(&[Rgb([0.5, 0.0, 7.0]); 64], 8, 8).unwrap();
        let sequence = prepared(&[file]);
        let picture = image::open(folder(&sequence).join("000000.png")).unwrap();
        let pixel = picture.into_rgb8().get_pixel(4, 4).0;
        assert!(pixel[0].abs_diff(188) <= 1 && pixel[1] == 0 && pixel[2] == 255);
        assert!(!sequence.input().has_straight_alpha);
    }

    #[test]
    fn files_that_cannot_be_used_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, empty) = (dir.path().join("1.png"), dir.path().join("2.png"));
        RgbImage::new(2, 2).save(&whole).unwrap();
        fs::write(&empty, "").unwrap();
        let error = prepare(&[whole.clone(), empty.clone()], || true).unwrap_err();
        assert!(error.to_string().ends_with("2.png\" is empty"), "{error}");
        let broken = dir.path().join("1.hdr");
        fs::write(&broken, "#?RADIANCE\n").unwrap();
        let error = prepare(&[broken], || true).unwrap_err();
        assert!(error.to_string().contains("cannot convert"), "{error}");
        assert!(matches!(
            prepare(&[whole], || false),
            Err(SequenceError::Cancelled)
        ));
    }
}
