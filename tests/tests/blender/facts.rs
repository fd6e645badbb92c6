//! What Blender says beforehand about its files is what it then writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use farandole_worker::blender::FileKind;

use crate::stage::{Stage, files_below};

/// A name for the folder of the files, a .blend file, and the arguments of Blender.
const RENDERS: &[(&str, &str)] = &[
    ("plain", "-o OUT/HERE/###### -F PNG -f 1,3..5"),
    ("plain", "-o OUT/HERE/fr.png -F PNG -f 3"),
    ("plain", "-o OUT/HERE/x##.png -F OPEN_EXR -f 10"),
    ("plain", "-o OUT/HERE/fr##_##.jpg -F PNG -f 3"),
    ("plain", "-o //HERE/d.##/a.b -F JPEG -x 0 -f 3"),
    ("plain", "-o OUT/HERE/# -F PNG -s 1 -e 7 -j 3 -a"),
    ("plain", "-o OUT/HERE/film -F FFMPEG -s 1 -e 3 -a"),
    ("percentage", "-o OUT/HERE/# -F PNG -f 1"),
    ("crop", "-o OUT/HERE/# -F PNG -f 1"),
    ("border", "-o OUT/HERE/# -F JPEG -f 1"),
    ("preview", "-o OUT/HERE/ -F OPEN_EXR -f 1"),
    ("INDIVIDUAL", "-o OUT/HERE/####.a -F PNG -f 1..4"),
    ("INDIVIDUAL", "-o OUT/HERE/film -F FFMPEG -s 1 -e 2 -a"),
    ("STEREO_3D", "-o OUT/HERE/# -F PNG -f 1"),
    ("STEREO_3D", "-o OUT/HERE/film -F FFMPEG -s 1 -e 2 -a"),
    ("MULTIVIEW", "-o OUT/HERE/# -f 1"),
    ("MULTIVIEW", "-o OUT/HERE/# -F PNG -f 1"),
];

/// Likewise with File Output nodes, which write to folders of their own.
const NODES: &[(&str, &str)] = &[
    ("nodes", "-o OUT/# -F PNG -f 1..4"),
    ("node_views", "-o OUT/# -F PNG -f 1"),
    ("nodes_that_do_not_write", "-o OUT/# -F PNG -f 1"),
];

#[track_caller]
fn check(stage: &Stage, file: &str, arguments: &str, folders: &[PathBuf]) {
    let run = stage.run(&format!("{file}.blend"), arguments);
    let facts = run.facts.as_ref().unwrap_or_else(|| panic!("{}", run.text));
    assert_eq!((&facts.nodes_error, &facts.missing_error), (&None, &None));
    assert_eq!(facts.missing, []);
    let written: BTreeSet<_> = folders
        .iter()
        .filter(|folder| folder.exists())
        .flat_map(|folder| files_below(folder))
        .collect();
    let mut certain = BTreeSet::new();
    let mut possible = BTreeSet::new();
    for file in facts.files() {
        let path = PathBuf::from(file.path);
        if !folders.iter().any(|folder| path.starts_with(folder)) {
            continue;
        }
        // The sizes of the other formats cannot be read here.
        if matches!(file.kind, FileKind::Frame | FileKind::Preview)
            && let Ok(size) = image::image_dimensions(&path)
        {
            assert_eq!(size, (facts.width, facts.height), "{arguments}");
        }
        assert!(possible.insert(path.clone()), "{} twice", path.display());
        if file.certain {
            certain.insert(path);
        }
    }
    assert!(!possible.is_empty(), "{arguments}");
    assert!(
        certain.is_subset(&written),
        "{arguments}: {certain:?} {written:?}"
    );
    assert!(
        written.is_subset(&possible),
        "{arguments}: {possible:?} {written:?}"
    );
}

#[test]
fn what_blender_tells_beforehand_is_what_it_writes() {
    // One folder for all, since it takes seconds to make the files.
    let stage = Stage::new();
    for (index, (file, arguments)) in RENDERS.iter().enumerate() {
        let here = format!("render{index}");
        let arguments = arguments.replace("HERE", &here);
        check(&stage, file, &arguments, &[stage.path(&here)]);
    }
    check_nodes(&stage);
    check_gap(&stage);
}

fn check_nodes(stage: &Stage) {
    let folders = [stage.path("nodes"), stage.path("layers")];
    for (file, arguments) in NODES {
        check(stage, file, arguments, &folders);
        for folder in folders.iter().filter(|folder| folder.exists()) {
            fs::remove_dir_all(folder).unwrap();
        }
    }
}

/// The gap of an image sequence is told when a frame needs the missing picture, and only then.
fn check_gap(stage: &Stage) {
    let with_gap = stage.run("gap.blend", "-o OUT/gap# -F PNG -f 2..3");
    let missing = with_gap.facts.unwrap().missing;
    assert_eq!(missing.len(), 1);
    assert_eq!(
        PathBuf::from(&missing[0].path),
        stage.path("picture0003.png")
    );
    let without_gap = stage.run("gap.blend", "-o OUT/gap# -F PNG -f 1..2");
    assert_eq!(without_gap.facts.unwrap().missing, []);
}
