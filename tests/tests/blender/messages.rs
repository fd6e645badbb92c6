//! Each kind of message, provoked for real.

use std::fs;
use std::os::unix::fs::symlink;

use farandole_protocol::api::FindingClass;

use crate::stage::Stage;

/// A colour configuration without the view transform of the scenes, which is Filmic.
const COLOURS: &str = "\
ocio_profile_version: 1
roles: {default: Linear, scene_linear: Linear, reference: Linear, color_picking: Linear, data: Linear}
displays:
  sRGB:
    - !<View> {name: Standard, colorspace: Linear}
colorspaces:
  - !<ColorSpace> {name: Linear, isdata: false}
";

#[test]
fn blender_says_what_the_table_of_messages_knows() {
    let stage = Stage::new();
    let ordinary = stage.run("plain.blend", "-o OUT/ordinary/# -F PNG -f 1");
    assert!(ordinary.found.is_empty(), "{:?}", ordinary.found);

    fs::write(stage.path("file"), "no folder").unwrap();
    symlink("/dev/full", stage.path("0001.jpg")).unwrap();
    for (file, arguments, class) in [
        (
            "plain",
            "-o OUT/file/# -F PNG -f 1",
            FindingClass::SaveFailed,
        ),
        (
            "plain",
            "-o OUT/file/# -F OPEN_EXR -f 1",
            FindingClass::SaveFailed,
        ),
        (
            "plain",
            "-o OUT/#### -F JPEG -f 1",
            FindingClass::SaveFailed,
        ),
        ("no_camera", "-o OUT/c# -f 1", FindingClass::OutputMissing),
        (
            "no_library",
            "-o OUT/l# -f 1",
            FindingClass::MissingLibraries,
        ),
        ("no_font", "-o OUT/t# -f 1", FindingClass::MissingFiles),
        ("plain", "-S Nope -o OUT/s# -f 1", FindingClass::Scene),
        ("plain", "-F FOO -o OUT/f# -f 1", FindingClass::Format),
        ("plain", "-E FOO -o OUT/e# -f 1", FindingClass::Engine),
        (
            "plain",
            "--python-expr 1/0 -o OUT/p# -f 1",
            FindingClass::PythonError,
        ),
        (
            "plain",
            "-o OUT/d# -f 1 -- --cycles-device FOO",
            FindingClass::DeviceFallback,
        ),
    ] {
        stage.run(&format!("{file}.blend"), arguments).is(class);
    }
    // The engine that Blender takes instead may need a graphics card, so nothing is rendered.
    let no_engine = stage.run("no_engine.blend", "-E CYCLES -o OUT/n# -f 1");
    no_engine.is(FindingClass::Engine);

    let large = stage.run_with_memory(3_500_000, "large.blend", "-o OUT/m# -f 1");
    large.is(FindingClass::OutOfMemory);

    let config = stage.path("config.ocio");
    fs::write(&config, COLOURS).unwrap();
    let colours = stage.run_with_colours(&config, "plain.blend", "-o OUT/v# -f 1");
    colours.is(FindingClass::ViewTransform);
}
