# What has to be known of a scene to render it, asked from inside Blender. After "--" follow the name of the scene (empty
# for the one that the file opens with) and the frames, as "first:last,first:last" (empty for those of the scene). The
# name of a file can follow: then all that can be packed is packed, and the file is saved under that name; the original
# stays as it is. The files of this folder are one program.

import json
import sys

import bpy


def blocks():
    for name in dir(bpy.data):
        collection = getattr(bpy.data, name)
        if isinstance(collection, bpy.types.bpy_prop_collection) and name != "libraries":
            yield from list(collection)


def make_local():
    """Only what something local uses becomes local, so that it takes a round for each step down from the objects."""
    before = None
    while True:
        linked = [block for block in blocks() if getattr(block, "library", None) is not None]
        local = sum(1 for _ in blocks()) - len(linked)
        if local == before:
            break
        before = local
        for block in linked:
            block.make_local()
    for library in list(bpy.data.libraries):
        bpy.data.libraries.remove(library)


def pack():
    make_local()
    for blocks in (bpy.data.images, bpy.data.sounds, bpy.data.fonts, bpy.data.volumes):
        for block in blocks:
            try:
                if not block.packed_file and block.filepath and block.filepath != "<builtin>":
                    block.pack()
            except (AttributeError, RuntimeError):
                pass  # It stays outside, and is told below.


def frames_of(scene, ranges):
    if not ranges:
        return range(scene.frame_start, scene.frame_end + 1, max(1, scene.frame_step))
    runs = [run.split(":") for run in ranges.split(",")]
    return [frame for first, last in runs for frame in range(int(first), int(last) + 1)]


def facts(scene, needed, ranges):
    render = scene.render
    frames = frames_of(scene, ranges)
    blocks = reached(scene)
    states = simulations(scene, blocks, frames)
    return {
        "name": scene.name,
        "scenes": [other.name for other in bpy.data.scenes],
        "frame_start": scene.frame_start,
        "frame_end": scene.frame_end,
        "frame_step": scene.frame_step,
        "fps": render.fps / render.fps_base,
        "format": render.image_settings.file_format,
        "extension": render.file_extension,
        "has_previews": bool(getattr(render.image_settings, "use_preview", False)),
        "has_camera": has_camera(scene),
        "is_transparent": bool(render.film_transparent and render.image_settings.color_mode == "RGBA"),
        "unbaked": states["unbaked"],
        "unclear_bakes": states["unclear"],
        "node_outputs": node_outputs(scene),
        "external": needed_files(needed, scene, blocks, frames),
        "saved_by": list(bpy.data.version),
        "version": list(bpy.app.version),
    }


def answer(chosen, ranges, target):
    scene = bpy.data.scenes.get(chosen) if chosen else bpy.context.scene
    if scene is None:
        return {"unknown_scene": chosen, "scenes": [other.name for other in bpy.data.scenes]}
    needed = Needed()
    if target:
        # What a missing library would bring is not known any more when everything is local.
        add_libraries(needed)
        needed.files = {path: file for path, file in needed.files.items() if not file["exists"]}
        pack()
    found = facts(scene, needed, ranges)
    if target:
        bpy.ops.wm.save_as_mainfile(filepath=target, copy=True, compress=True)
    found["formats"] = writable_formats(scene.render.image_settings)
    return found


arguments = sys.argv[sys.argv.index("--") + 1 :] + ["", "", ""]
print("\nfarandole-scene:" + json.dumps(answer(*arguments[:3])), flush=True)
