//! Whole pictures are whole, and pictures that were cut off anywhere are broken.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod support;

use farandole_frames::{Depth, Examined, Picture};

use support::{data, generated, look};

/// Each of fifty prefixes of the bytes, from a single byte to all but the last, is found to be broken.
#[track_caller]
fn every_cut_is_found(name: &str, bytes: &[u8]) {
    const CUTS: usize = 50;
    let longest = bytes.len() - 1;
    for cut in 0..CUTS {
        let length = 1 + cut * (longest - 1) / (CUTS - 1);
        let verdict = look(name, &bytes[..length]);
        assert!(
            matches!(verdict, Examined::Broken(_)),
            "{name} cut at {length} of {}: {verdict:?}",
            bytes.len()
        );
    }
}

#[track_caller]
fn assert_whole(what: &str, name: &str, bytes: &[u8], size: (u32, u32), depth: Depth) {
    let whole = Examined::Whole(Picture {
        size: Some(size),
        depth,
    });
    assert_eq!(look(name, bytes), whole, "{what}");
}

#[test]
fn pictures_of_all_variants_are_whole() {
    for (what, name, bytes) in generated() {
        assert_whole(&what, name, &bytes, (61, 47), Depth::Decoded);
    }
}

#[test]
fn pictures_of_all_variants_are_broken_when_cut() {
    for (_, name, bytes) in generated() {
        every_cut_is_found(name, &bytes);
    }
}

fn depth_of(name: &str) -> Depth {
    let is_decoded = ["png", "jpg", "tif", "webp", "exr"]
        .iter()
        .any(|extension| name.ends_with(extension));
    if is_decoded {
        Depth::Decoded
    } else {
        Depth::HeaderOnly
    }
}

#[test]
fn pictures_that_blender_wrote_are_whole() {
    for (name, bytes) in data("blender-3.4") {
        let size = if name.starts_with("64x36") {
            (64, 36)
        } else {
            (24, 14)
        };
        assert_whole(&name, &name, &bytes, size, depth_of(&name));
    }
}

#[test]
fn pictures_that_blender_wrote_are_broken_when_cut() {
    for (name, bytes) in data("blender-3.4") {
        every_cut_is_found(&name, &bytes);
    }
}

#[test]
fn pictures_of_other_programs_are_whole_and_broken_when_cut() {
    for (name, size) in [
        ("progressive.jpg", (61, 47)),
        ("restart.jpg", (61, 47)),
        ("alpha.webp", (150, 90)),
        ("still.avif", (150, 90)),
        ("raw.sgi", (40, 24)),
    ] {
        let all = data("other");
        let (_, bytes) = all.iter().find(|(found, _)| found == name).unwrap();
        assert_whole(name, name, bytes, size, depth_of(name));
        every_cut_is_found(name, bytes);
    }
}

#[test]
fn a_picture_that_blender_could_not_encode_is_broken() {
    let all = data("other");
    let name = "blender-gave-up.jp2";
    let (_, bytes) = all.iter().find(|(found, _)| found == name).unwrap();
    assert!(matches!(look(name, bytes), Examined::Broken(_)));
}
