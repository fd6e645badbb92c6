//! The messages of Blender which mean that a picture is missing or differs from what the file describes.
//!
//! Each example is a line of a real Blender of one of the named versions, with other paths. Those without a version
//! were not provoked, because they need hardware that was not available: they are from Blender's sources, from
//! reports of its users, or the standard text of a library. The order matters: the first pattern that matches decides.

use farandole_protocol::api::FindingClass;

/// How a message is recognised. What precedes the message in its line is already removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Pattern {
    /// It begins with these words.
    Begins(&'static str),
    /// It begins with the first words and has the second ones somewhere after them.
    BeginsAndHas(&'static str, &'static str),
    /// It begins with an absolute path and ends with these words.
    PathAndEnds(&'static str),
    /// After its first word, it goes on with the first text and has the second one somewhere after it.
    AfterWord(&'static str, &'static str),
}

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message {
    /// What it means.
    pub(super) class: FindingClass,
    /// How it is recognised.
    pub(super) pattern: Pattern,
    /// The versions that were seen to say it.
    #[cfg_attr(not(test), expect(dead_code, reason = "it documents the table"))]
    pub(super) seen_in: &'static [&'static str],
    /// A whole line with it.
    #[cfg_attr(not(test), expect(dead_code, reason = "it is what the tests read"))]
    pub(super) example: &'static str,
}

const fn row(
    class: FindingClass,
    pattern: Pattern,
    seen_in: &'static [&'static str],
    example: &'static str,
) -> Message {
    Message {
        class,
        pattern,
        seen_in,
        example,
    }
}

use FindingClass::{
    DeviceFallback, Engine, Format, MissingFiles, MissingLibraries, OutOfMemory, OutputMissing,
    PythonError, SaveFailed, Scene, ViewTransform,
};
use Pattern::{AfterWord, Begins, BeginsAndHas, PathAndEnds};

const ALL: &[&str] = &["3.4", "4.3", "5.2"];
const OLD: &[&str] = &["3.4", "4.3"];
const V3_4: &[&str] = &["3.4"];
const NEW: &[&str] = &["4.3", "5.2"];
const V4_3: &[&str] = &["4.3"];
const V5_2: &[&str] = &["5.2"];
const NOT_TRIED: &[&str] = &[];

/// All messages.
#[rustfmt::skip]
pub(super) const MESSAGES: &[Message] = &[
    // A file could not be written.
    row(SaveFailed, BeginsAndHas("Render error (", ") cannot save: '"), ALL,
        "Error: Render error (No space left on device) cannot save: '/out/000001.png'"),
    row(SaveFailed, Begins("Error writing render result, "), ALL,
        "00:00.865  reports          | ERROR Error writing render result, Read-only file system (see console)"),
    row(SaveFailed, Begins("OpenEXR-writePixels: ERROR: "), OLD,
        "OpenEXR-writePixels: ERROR: Failed to write pixel data to image file \"/out/000001.exr\". No space left on device."),
    row(SaveFailed, BeginsAndHas("IMB_exr_write_channels: ", "Failed to write"), V5_2,
        "00:02.001  image.openexr    | ERROR IMB_exr_write_channels: Failed to write pixel data to image file \"/out/000001.exr\". No space left on device."),
    row(SaveFailed, Begins("IMB_exr_begin_write: "), ALL,
        "IMB_exr_begin_write: ERROR: Not a directory."),
    row(SaveFailed, Begins("imb_savepng: "), V3_4,
        "imb_savepng: Cannot open file for writing: '/out/000001.png'"),
    row(SaveFailed, Begins("libpng error: Write Error"), V3_4,
        "libpng error: Write Error"),
    row(SaveFailed, Begins("imb_savetiff: "), V3_4,
        "imb_savetiff: Could not write encoded TIFF."),
    row(SaveFailed, Begins("WebP: Cannot open file for writing: "), OLD,
        "WebP: Cannot open file for writing: '/out/000001.webp'"),
    row(SaveFailed, Begins("Output file write error --- out of disk space?"), ALL,
        "Output file write error --- out of disk space?"),
    row(SaveFailed, Begins("output_iris: not enough space for image!!"), OLD,
        "output_iris: not enough space for image!!"),
    row(SaveFailed, Begins("HDR write error"), V3_4,
        "HDR write error"),
    row(SaveFailed, Begins("DPX/Cineon: error creating file."), OLD,
        "DPX/Cineon: error creating file."),
    row(SaveFailed, Begins("failed to encode image"), OLD,
        "failed to encode image"),
    row(SaveFailed, Begins("Failed to encode image"), V5_2,
        "00:00.868  image.openjpeg   | ERROR Failed to encode image"),
    row(SaveFailed, Begins("OpenImageIO write failed: "), V5_2,
        "00:00.604  image.write      | ERROR OpenImageIO write failed: Could not open \"/out/000001.png\""),
    row(SaveFailed, Begins("Couldn't create directory for file "), V5_2,
        "00:02.836  image            | ERROR Couldn't create directory for file /out/sub/000001.png: Read-only file system"),
    row(SaveFailed, Begins("Could not open file for writing"), OLD,
        "Error: Could not open file for writing"),
    row(SaveFailed, Begins("Cannot open or start AVI movie file"), V3_4,
        "Error: Cannot open or start AVI movie file"),
    row(SaveFailed, Begins("Stereo 3D not supported for MultiLayer image: "), V3_4,
        "Stereo 3D not supported for MultiLayer image: /out/000001.exr"),
    row(SaveFailed, PathAndEnds(": No space left on device"), ALL,
        "/out/000001.jpg: No space left on device"),
    row(SaveFailed, PathAndEnds(": Read-only file system"), ALL,
        "/out/000001.jpg: Read-only file system"),

    // There is no picture at all.
    row(OutputMissing, Begins("Cannot render, no camera"), ALL,
        "00:02.151  reports          | ERROR Cannot render, no camera"),

    // The memory was exhausted.
    row(OutOfMemory, BeginsAndHas("Malloc returns null: len=", " in "), NEW,
        "Malloc returns null: len=4096000004 in BKE_mesh_face_offsets_ensure_alloc, total 38933080"),
    row(OutOfMemory, BeginsAndHas("Calloc returns null: len=", " in "), ALL,
        "Calloc returns null: len=16385024016 in CDMVert, total 276307308"),
    row(OutOfMemory, Begins("terminate called after throwing an instance of 'std::bad_alloc'"), NOT_TRIED,
        "terminate called after throwing an instance of 'std::bad_alloc'"),
    row(OutOfMemory, Begins("System is out of GPU memory"), NOT_TRIED,
        "Error: System is out of GPU memory"),
    row(OutOfMemory, Begins("System is out of GPU and shared host memory"), NOT_TRIED,
        "Error: System is out of GPU and shared host memory"),
    // What follows is the call that failed, such as `CUDA queue enqueue`.
    row(OutOfMemory, Begins("Out of memory in "), NOT_TRIED,
        "Out of memory in cuStreamCreate(&cuda_stream_, CU_STREAM_NON_BLOCKING) (intern/cycles/device/cuda/queue.cpp:21)"),

    // The render engine is missing.
    row(Engine, BeginsAndHas("Engine '", "' not available for scene '"), ALL,
        "Error: Engine 'MYENGINE' not available for scene 'Scene' (an add-on may need to be installed or enabled)"),
    row(Engine, Begins("engine not found '"), ALL,
        "Error: engine not found 'BLENDER_EEVEE'"),

    // A library, or a part of it, is missing.
    row(MissingLibraries, Begins("Cannot find lib '"), ALL,
        "Info: Cannot find lib '/assets/lib.blend'"),
    row(MissingLibraries, BeginsAndHas("LIB: ", "' missing from '"), ALL,
        "00:01.837  reports          | LIB: Collection: 'LibCol' missing from '/assets/lib.blend', parent '<direct>'"),
    row(MissingLibraries, AfterWord("libraries and ", "are missing"), ALL,
        "Warning: 1 libraries and 3 linked data-blocks are missing (including 0 ObjectData and 0 Proxies), please check the Info and Outliner editors for details"),

    // The colour configuration lacks something.
    // The colour space of the sequencer is left out: many configurations lack it, and few scenes use the sequencer.
    row(ViewTransform, BeginsAndHas("scene view \"", "\" not found, setting "), ALL,
        "Color management: scene view \"AgX\" not found, setting default \"Standard\"."),
    row(ViewTransform, BeginsAndHas("scene look \"", "\" not found, setting "), V3_4,
        "Color management: scene look \"AgX - Punchy\" not found, setting default \"None\"."),
    row(ViewTransform, BeginsAndHas("image colorspace \"", "\" not found, will use default instead"), ALL,
        "00:04.583  color_management | WARNING image colorspace \"Foomic Log\" not found, will use default instead."),
    row(ViewTransform, Begins("OpenColorIO Error: "), ALL,
        "OpenColorIO Error: Error could not read '/nonexistent/config.ocio' OCIO profile."),

    // What the command line asks for does not exist.
    row(Scene, Begins("Can't find scene: '"), ALL,
        "Can't find scene: 'Nope' in file: '/film/shot.blend'"),
    row(Format, Begins("Format from '-F / --render-format' not known"), ALL,
        "Error: Format from '-F / --render-format' not known or not compiled in this release."),

    // A file that the scene uses is missing.
    row(MissingFiles, BeginsAndHas("Image file ", " does not exist."), V5_2,
        "00:05.085  cycles           | WARNING Image file /film/tex.png does not exist."),
    row(MissingFiles, BeginsAndHas("Image file ", " failed to load."), V5_2,
        "00:04.447  cycles           | WARNING Image file /film/tex.png failed to load."),
    row(MissingFiles, Begins("Could not read IES file from "), V5_2,
        "00:02.292  cycles           | ERROR Could not read IES file from /film/a.ies"),
    row(MissingFiles, Begins("anim file doesn't exist: "), V3_4,
        "anim file doesn't exist: /film/mov2.mp4"),
    row(MissingFiles, Begins("Font file doesn't exist: "), ALL,
        "WARN (bke.data_transfer): ./source/blender/blenkernel/intern/vfont.c:292 vfont_get_data: Font file doesn't exist: //f.ttf"),
    row(MissingFiles, BeginsAndHas("Object: \"", ", No such file or directory"), ALL,
        "ERROR (bke.modifier): ./source/blender/blenkernel/intern/modifier.cc:458 BKE_modifier_set_error: Object: \"Cube\", Modifier: \"MC\", No such file or directory"),

    // The render runs on another device than the one that was asked for.
    row(DeviceFallback, Begins("Found no Cycles device of the specified type"), ALL,
        "Error: Found no Cycles device of the specified type"),
    row(DeviceFallback, AfterWord("is not a valid Cycles device", ""), ALL,
        "Error: FOO is not a valid Cycles device."),
    row(DeviceFallback, Begins("Build without OpenImageDenoiser"), V3_4,
        "Error: Build without OpenImageDenoiser"),
    row(DeviceFallback, Begins("Failed to denoise, build has no OpenImageDenoise support"), V4_3,
        "Error: Failed to denoise, build has no OpenImageDenoise support"),
    row(DeviceFallback, Begins("No device available to denoise on"), V3_4,
        "No device available to denoise on"),

    // A script failed or was not run.
    row(PythonError, Begins("Traceback (most recent call last):"), ALL,
        "Traceback (most recent call last):"),
    row(PythonError, Begins("Error in bpy.app.handlers."), NEW,
        "Error in bpy.app.handlers.render_pre[0]:"),
    row(PythonError, Begins("SyntaxError: "), NEW,
        "SyntaxError: invalid syntax"),
    row(PythonError, Begins("OSError: Python file \""), NEW,
        "OSError: Python file \"/film/setup.py\" could not be opened: No such file or directory"),
    row(PythonError, Begins("Add-on not loaded: \""), NEW,
        "Add-on not loaded: \"nope\", cause: No module named 'nope'"),
    row(PythonError, Begins("Python: "), V3_4,
        "Error: Python: Traceback (most recent call last):"),
    row(PythonError, Begins("Error in PyDriver: "), ALL,
        "Error in PyDriver: expression failed: nofunc(frame)"),
    row(PythonError, Begins("Division by Zero in Driver: "), ALL,
        "ERROR (bke.fcurve): ./source/blender/blenkernel/intern/fcurve_driver.c:1007 driver_evaluate_simple_expr: Division by Zero in Driver: '1/0'"),
    row(PythonError, BeginsAndHas("scripts disabled for \"", ", skipping '"), ALL,
        "scripts disabled for \"/film/shot.blend\", skipping 'startup.py'"),
    row(PythonError, Begins("BPY_driver_exec: restricted access disallows name '"), ALL,
        "\tBPY_driver_exec: restricted access disallows name 'nofunc', enable auto-execution to support"),
];
