//! What the compositor writes is brought by `fetch`, or it is said beforehand that it is not.

use std::fs;

use super::stage::Stage;

/// A File Output node, inside a group where `INNER` is set.
fn compositor(folder: &str, inner: bool) -> String {
    let code = r#"
scene.use_nodes = True
tree = scene.node_tree
tree.nodes.clear()
layers = tree.nodes.new("CompositorNodeRLayers")
end = tree.nodes.new("CompositorNodeComposite")
tree.links.new(layers.outputs[0], end.inputs[0])
target, source = tree, layers.outputs[0]
if INNER:
    target = bpy.data.node_groups.new("Inner", "CompositorNodeTree")
    target.inputs.new("NodeSocketColor", "Image")
    source = target.nodes.new("NodeGroupInput").outputs[0]
    group = tree.nodes.new("CompositorNodeGroup")
    group.node_tree = target
    tree.links.new(layers.outputs[0], group.inputs[0])
node = target.nodes.new("CompositorNodeOutputFile")
node.base_path, node.format.file_format = "PATH", "PNG"
target.links.new(source, node.inputs[0])
"#;
    let inner = if inner { "True" } else { "False" };
    code.replace("INNER", inner).replace("PATH", folder)
}

#[test]
fn what_is_written_beside_an_uploaded_file_goes_to_the_output_folder() {
    let stage = Stage::with_worker();
    let blend = stage.private_scene("comp.blend", &["end=1"], &compositor("//passes/", false));
    let job = stage.render(&blend, &[]);
    let expected = ["000001.png", "comp-1.mp4", "passes/Image0001.png"];
    assert_eq!(stage.fetched(&job), expected);
    let path = job["settings"]["render_output_path"].as_str().unwrap();
    let folder = path.replace("{jobs}", stage.storage.join("jobs").to_str().unwrap());
    let passes = folder.replace("######", "passes");
    assert!(fs::exists(passes).unwrap(), "{path}");

    // Also where the node is inside a group, and leads out of the folder of the file.
    let blend = stage.private_scene("up.blend", &["end=1"], &compositor("//../up/", true));
    let job = stage.render(&blend, &["--pack"]);
    let expected = ["000001.png", "up-1.mp4", "up/Image0001.png"];
    assert_eq!(stage.fetched(&job), expected);
}

#[test]
fn what_is_written_beside_a_file_in_the_storage_is_named_and_fetched() {
    let stage = Stage::with_worker();
    let blend = stage.scene(
        "shot/comp.blend",
        &["end=1"],
        &compositor("//passes/", false),
    );
    let said = stage.hold(&blend, &[]);
    let passes = stage.storage.join("shot/passes");
    let note = format!("note: the compositor writes to {}, too", passes.display());
    said.assert_submitted(&[&note]);
    let job = stage.render(&blend, &[]);
    let expected = ["000001.png", "comp-1.mp4", "passes/Image0001.png"];
    assert_eq!(stage.fetched(&job), expected);
    assert!(fs::exists(passes.join("Image0001.png")).unwrap());
}

#[test]
fn a_folder_that_only_one_computer_has_is_refused_unless_allowed() {
    let stage = Stage::empty();
    let folder = stage.home.join("abs").to_str().unwrap().to_owned();
    let blend = stage.private_scene("abs.blend", &["end=1"], &compositor(&folder, false));
    let said = stage.hold(&blend, &[]);
    said.assert_refused(
        1,
        &[&folder, "on its own disk", "--allow outputs-elsewhere"],
    );
    let said = stage.hold(&blend, &["--allow", "outputs-elsewhere"]);
    said.assert_submitted(&["warning, allowed: the compositor writes to"]);

    // A folder of the storage is fine, though it does not exist yet.
    let folder = stage
        .storage
        .join("passes/new")
        .to_str()
        .unwrap()
        .to_owned();
    let blend = stage.private_scene("shared.blend", &["end=1"], &compositor(&folder, false));
    stage
        .hold(&blend, &[])
        .assert_submitted(&["note: the compositor writes to"]);
}
