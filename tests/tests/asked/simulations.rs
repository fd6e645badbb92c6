//! Simulations that are not baked look different in each chunk of frames.

use super::stage::Stage;

const CLOTH: &str = r#"
bpy.ops.mesh.primitive_plane_add(size=2)
flag = bpy.context.object
flag.name = "Flag"
cloth = flag.modifiers.new("Cloth", "CLOTH")
cloth.point_cache.frame_start, cloth.point_cache.frame_end = 1, 4
"#;

const MANY: &str = r#"
def plane(name):
    bpy.ops.mesh.primitive_plane_add(size=2)
    bpy.context.object.name = name
    return bpy.context.object
plane("Jelly").modifiers.new("Softbody", "SOFT_BODY")
plane("Smoke").modifiers.new("Fluid", "FLUID").fluid_type = "DOMAIN"
dust = plane("Dust")
dust.modifiers.new("Sparks", "PARTICLE_SYSTEM")
still = plane("Still")
still.modifiers.new("Grass", "PARTICLE_SYSTEM")
still.particle_systems[0].settings.type = "HAIR"
paint = plane("Paint")
paint.modifiers.new("Paint", "DYNAMIC_PAINT").ui_type = "CANVAS"
bpy.ops.dpaint.type_toggle(type="CANVAS")
brick = plane("Brick")
bpy.ops.rigidbody.object_add()
unseen = plane("Unseen")
unseen.modifiers.new("Cloth", "CLOTH")
unseen.hide_render = True
off = plane("Off")
off.modifiers.new("Cloth", "CLOTH").show_render = False
"#;

#[test]
fn a_cloth_that_is_not_baked_is_refused_unless_allowed() {
    let stage = Stage::empty();
    let blend = stage.scene("cloth.blend", &["end=4"], CLOTH);
    let said = stage.hold(&blend, &["--set", "chunk_size=2"]);
    let parts = [
        "the cloth of \"Flag\" is not baked: each chunk of frames begins its own simulation",
        "bake it in Blender",
        "--allow not-baked",
    ];
    said.assert_refused(1, &parts);
    let said = stage.hold(&blend, &["--allow", "not-baked"]);
    said.assert_submitted(&["warning, allowed: the cloth of \"Flag\" is not baked"]);
    let job = stage.job(&said);
    assert_eq!(job["findings"][0]["class"], "not-baked", "{job}");
    // Nothing has moved in the first frame.
    stage.hold(&blend, &["--frames", "1"]).assert_submitted(&[]);
}

#[test]
fn a_cloth_that_is_baked_is_not_mentioned() {
    let stage = Stage::empty();
    let more = format!("{CLOTH}\nbpy.ops.ptcache.bake_all(bake=True)");
    let blend = stage.scene("baked.blend", &["end=4"], &more);
    let said = stage.hold(&blend, &[]);
    said.assert_submitted(&[]);
    assert!(!said.errors.contains("baked:"), "{said:?}");
}

#[test]
fn every_kind_of_simulation_is_named_where_it_is_rendered() {
    let stage = Stage::empty();
    let blend = stage.scene("many.blend", &["end=4"], MANY);
    let said = stage.hold(&blend, &[]);
    let parts = [
        "the rigid bodies of the scene \"Scene\"",
        "the soft body of \"Jelly\"",
        "the fluid of \"Smoke\"",
        "the particles \"Sparks\" of \"Dust\"",
        "the dynamic paint \"Surface\" of \"Paint\"",
        "are not baked",
    ];
    said.assert_refused(1, &parts);
    for name in ["Still", "Unseen", "Off"] {
        assert!(!said.errors.contains(name), "{name}: {said:?}");
    }
}
