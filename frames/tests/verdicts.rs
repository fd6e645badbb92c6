//! What is said of files that are not simply whole or cut off.
#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod support;

use std::fs;
use std::path::Path;

use farandole_frames::{Depth, Examined, Picture, examine};

use support::{data, generated, look};

#[test]
fn a_picture_whose_end_is_zeros_is_broken() {
    // A power cut leaves such files behind on some file systems. Where pixels are not compressed, or no checksum
    // protects them, zeros are pixels like others.
    let shows = |what: &str| {
        ["PNG", "JPEG", "TIFF"]
            .iter()
            .any(|format| what.contains(format))
            || ["RLE", "ZIP", "PIZ", "PXR24", "rows", "two parts"]
                .iter()
                .any(|compression| what.contains(compression))
    };
    let mut count = 0;
    for (what, name, mut bytes) in generated().into_iter().filter(|(what, ..)| shows(what)) {
        let half = bytes.len() / 2;
        bytes[half..].fill(0);
        let verdict = look(name, &bytes);
        assert!(
            matches!(verdict, Examined::Broken(_)),
            "{what}: {verdict:?}"
        );
        count += 1;
    }
    assert!(count > 30, "{count}");
}

#[test]
fn a_file_of_zeros_is_broken_when_its_name_promises_a_picture() {
    for extension in [
        "png", "jpg", "tif", "webp", "exr", "hdr", "tga", "bmp", "dpx", "cin", "rgb", "jp2", "j2c",
        "avif",
    ] {
        let verdict = look(&format!("f.{extension}"), &[0; 5000]);
        assert!(
            matches!(verdict, Examined::Broken(_)),
            "{extension}: {verdict:?}"
        );
    }
}

#[test]
fn an_empty_file_is_empty_whatever_its_name() {
    for name in ["f.png", "f.tga", "f.mp4", "f"] {
        assert_eq!(look(name, b""), Examined::Empty, "{name}");
    }
}

#[test]
fn what_does_not_exist_is_missing_and_a_folder_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.png");
    assert_eq!(examine(&file), Examined::Missing);
    fs::write(&file, "x").unwrap();
    assert_eq!(examine(&file.join("f.png")), Examined::Missing);
    assert!(matches!(examine(folder.path()), Examined::Unknown(_)));
    assert!(matches!(examine(Path::new("/")), Examined::Unknown(_)));
}

#[test]
fn the_content_counts_and_not_the_name() {
    for (what, _, bytes) in generated() {
        for name in ["f.png", "f.exr", "f.tga", "f.0001", "f"] {
            let verdict = look(name, &bytes);
            assert!(
                matches!(verdict, Examined::Whole(_)),
                "{what} as {name}: {verdict:?}"
            );
        }
    }
}

#[test]
fn other_content_is_broken_as_a_picture_and_unknown_otherwise() {
    assert!(matches!(look("f.png", b"some bytes"), Examined::Broken(_)));
    assert!(matches!(look("f.dpx", b"some bytes"), Examined::Broken(_)));
    assert!(matches!(look("f.txt", b"some bytes"), Examined::Unknown(_)));
    assert!(matches!(look("f", b"some bytes"), Examined::Unknown(_)));
    assert!(matches!(
        look("f.png", b"GIF89a and so on"),
        Examined::Unknown(_)
    ));
}

#[test]
fn of_a_film_only_the_existence_is_known() {
    let film = Examined::Whole(Picture {
        size: None,
        depth: Depth::ExistenceOnly,
    });
    assert_eq!(look("f.mkv", b"some bytes"), film);
    assert_eq!(look("f", b"\x1a\x45\xdf\xa3 and so on"), film);
}

#[test]
fn a_longer_file_is_whole() {
    // TARGA has a footer in its second version, and JPEG may be followed by anything.
    for (name, mut bytes) in data("blender-3.4") {
        if ["tga", "jpg", "bmp", "dpx", "cin", "rgb", "tif"]
            .iter()
            .any(|extension| name.ends_with(extension))
        {
            bytes.extend([7; 26]);
            let verdict = look(&name, &bytes);
            assert!(matches!(verdict, Examined::Whole(_)), "{name}: {verdict:?}");
        }
    }
}

#[test]
fn the_size_of_an_openexr_is_the_display_window() {
    let all = data("blender-3.4");
    let (_, bytes) = all.iter().find(|(name, _)| name == "half-zip.exr").unwrap();
    // The value follows the name, the type "box2i" and the length.
    let start = find(bytes, b"displayWindow\0box2i\0") + 4;
    let mut bordered = bytes.clone();
    bordered[start..start + 16]
        .copy_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0x07, 0, 0, 0x37, 0x04, 0, 0]);
    let Examined::Whole(picture) = look("f.exr", &bordered) else {
        panic!("the picture is whole")
    };
    assert_eq!(picture.size, Some((1920, 1080)));
}

fn find(bytes: &[u8], what: &[u8]) -> usize {
    let start = bytes.windows(what.len()).position(|part| part == what);
    start.unwrap() + what.len()
}

#[test]
fn an_openexr_with_a_chunk_that_was_never_written_is_broken() {
    // The table of a file that was not finished has zeros for the chunks that are missing.
    let all = generated();
    let (_, name, bytes) = all
        .iter()
        .find(|(what, ..)| what.contains("ZIP16, rows"))
        .unwrap();
    // The first of the three chunks follows the table directly.
    let table = (0..bytes.len() - 8)
        .find(|start| bytes[*start..*start + 8] == (*start as u64 + 24).to_le_bytes())
        .unwrap();
    let mut damaged = bytes.clone();
    damaged[table + 8..table + 16].fill(0);
    assert_eq!(
        look(name, &damaged),
        Examined::Broken("a chunk is missing".to_owned())
    );
}
