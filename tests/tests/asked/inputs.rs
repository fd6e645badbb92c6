//! Everything that the frames of a job need is looked at, not only the first picture of a sequence.

use std::fs;

use super::stage::Stage;

/// A world that is lit by a sequence of four pictures.
const SEQUENCE: &str = r#"
for number in range(1, 5):
    image = bpy.data.images.new("c", 8, 8)
    image.filepath_raw, image.file_format = "FOLDER/col_%04d.png" % number, "PNG"
    image.save()
nodes = world.node_tree.nodes
node = nodes.new("ShaderNodeTexEnvironment")
node.image = bpy.data.images.load("FOLDER/col_0001.png")
node.image.source = "SEQUENCE"
node.image_user.frame_start, node.image_user.frame_duration = 1, 4
world.node_tree.links.new(node.outputs[0], nodes["Background"].inputs[0])
"#;

/// Files of many kinds, none of which exists but some pictures of sequences.
const MANY: &str = r#"
import os
def touch(name):
    open(os.path.join("FOLDER", name), "w").close()
nodes = world.node_tree.nodes
tiles = nodes.new("ShaderNodeTexImage")
tiles.image = bpy.data.images.new("tiles", 8, 8, tiled=True)
tiles.image.tiles.new(1002)
tiles.image.filepath = "FOLDER/tile.<UDIM>.png"
touch("tile.1001.png")
profile = nodes.new("ShaderNodeTexIES")
profile.mode, profile.filepath = "EXTERNAL", "FOLDER/lamp.ies"
shader = nodes.new("ShaderNodeScript")
shader.mode, shader.filepath = "EXTERNAL", "FOLDER/wood.osl"
for number in (1, 3):
    touch("smoke_%02d.vdb" % number)
smoke = bpy.data.volumes.new("smoke")
smoke.filepath, smoke.is_sequence, smoke.frame_duration = "FOLDER/smoke_01.vdb", True, 3
scene.collection.objects.link(bpy.data.objects.new("Smoke", smoke))
for name in ("a1.png", "a2.png", "a3.png"):
    touch(name)
strips = scene.sequence_editor_create().sequences
cut = strips.new_image("cut", "FOLDER/a1.png", 1, 1)
cut.elements.append("a2.png")
cut.elements.append("a3.png")
cut.frame_final_duration = 3
os.remove("FOLDER/a2.png")
hidden = bpy.data.objects.new("Hidden", bpy.data.volumes.new("hidden"))
hidden.data.filepath, hidden.hide_render = "FOLDER/hidden.vdb", True
scene.collection.objects.link(hidden)
other = bpy.data.scenes.new("Other")
unused = bpy.data.objects.new("Unused", bpy.data.volumes.new("unused"))
unused.data.filepath = "FOLDER/unused.vdb"
other.collection.objects.link(unused)
"#;

/// An object of a library, whose mesh is in a second library.
const LIBRARIES: &str = r#"
mesh = bpy.data.meshes.new("Shape")
bpy.data.libraries.write("FOLDER/shapes.blend", {mesh}, fake_user=True)
bpy.data.meshes.remove(mesh)
with bpy.data.libraries.load("FOLDER/shapes.blend", link=True) as (_, wanted):
    wanted.meshes = ["Shape"]
thing = bpy.data.objects.new("Thing", bpy.data.meshes["Shape"])
bpy.data.libraries.write("FOLDER/things.blend", {thing}, fake_user=True)
bpy.data.objects.remove(thing)
for library in list(bpy.data.libraries):
    bpy.data.libraries.remove(library)
with bpy.data.libraries.load("FOLDER/things.blend", link=True) as (_, wanted):
    wanted.objects = ["Thing"]
scene.collection.objects.link(wanted.objects[0])
"#;

#[test]
fn each_missing_picture_of_a_sequence_is_named_if_the_frames_need_it() {
    let stage = Stage::empty();
    let blend = stage.scene("shot/seq.blend", &["end=4"], SEQUENCE);
    stage.hold(&blend, &[]).assert_submitted(&[]);
    fs::remove_file(stage.storage.join("shot/col_0003.png")).unwrap();
    let said = stage.hold(&blend, &[]);
    said.assert_refused(1, &["col_0003.png (it does not exist)", "--allow-missing"]);
    assert!(!said.errors.contains("col_0001.png"), "{said:?}");
    stage
        .hold(&blend, &["--frames", "1-4x3"])
        .assert_submitted(&[]);
    stage
        .hold(&blend, &["--frames", "1-4x2"])
        .assert_refused(1, &["col_0003.png"]);
    let allowed = stage.hold(&blend, &["--allow", "missing-files"]);
    allowed.assert_submitted(&["warning, allowed: ", "col_0003.png"]);
    let uploaded = stage.hold(&blend, &["--upload"]);
    uploaded.assert_refused(1, &["col_0001.png and 2 more files of its sequence"]);
}

#[test]
fn files_of_all_kinds_are_looked_at_where_the_scene_leads_to_them() {
    let stage = Stage::empty();
    let blend = stage.scene("many.blend", &["end=3"], MANY);
    let said = stage.hold(&blend, &[]);
    let missing = [
        "tile.1002.png",
        "lamp.ies",
        "wood.osl",
        "smoke_02.vdb",
        "a2.png",
    ];
    said.assert_refused(1, &missing.map(|name| name));
    let there = [
        "tile.1001",
        "smoke_01",
        "smoke_03",
        "a1.png",
        "hidden",
        "unused",
    ];
    for name in there {
        assert!(!said.errors.contains(name), "{name}: {said:?}");
    }
}

#[test]
fn a_library_that_a_library_needs_is_named() {
    let stage = Stage::empty();
    let blend = stage.scene("libraries.blend", &[], LIBRARIES);
    stage.hold(&blend, &[]).assert_submitted(&[]);
    fs::remove_file(stage.storage.join("shapes.blend")).unwrap();
    let line = "shapes.blend (it does not exist)";
    stage.hold(&blend, &[]).assert_refused(1, &[line]);
    stage.hold(&blend, &["--pack"]).assert_refused(1, &[line]);
}

#[test]
fn a_file_of_a_newer_blender_is_said_to_be_one() {
    let stage = Stage::empty();
    let blend = stage.storage.join("new.blend");
    fs::write(&blend, b"BLENDER17-01v1102REND\0\0\0\0").unwrap();
    let said = stage.hold(&blend, &[]);
    said.assert_refused(1, &["saved by Blender 11.2; this is ", "--blender PATH"]);
    fs::write(&blend, b"no blend file").unwrap();
    stage
        .hold(&blend, &[])
        .assert_refused(1, &["it is not a .blend file"]);
}
