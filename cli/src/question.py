# What has to be known of a scene to render it, asked from inside Blender. After "--" the name of a file can follow: then
# all that can be packed is packed, and the scene is saved under that name; the original stays as it is.

import glob
import json
import os
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


def is_there(path):
    tokens = path.replace("<UDIM>", "[0-9]*").replace("<UVTILE>", "u[0-9]*")
    return os.path.exists(path) or (tokens != path and bool(glob.glob(tokens)))


def external():
    ours = set(bpy.utils.blend_paths(absolute=False, packed=False, local=True))
    raw = bpy.utils.blend_paths(absolute=False, packed=False, local=False)
    absolute = bpy.utils.blend_paths(absolute=True, packed=False, local=False)
    texts = {bpy.path.abspath(text.filepath) for text in bpy.data.texts if text.filepath}
    found = {}
    for name, path in zip(raw, absolute):
        if path and path not in texts and "<builtin>" not in path:
            found[os.path.normpath(path)] = name in ours and name.startswith("//")
    for caches in caches_of_simulations():
        if os.path.isdir(caches):
            found[os.path.normpath(caches)] = True
    return [
        {"path": path, "exists": is_there(path), "relative": relative}
        for path, relative in sorted(found.items())
    ]


def caches_of_simulations():
    """Of these Blender does not tell."""
    for thing in bpy.data.objects:
        for modifier in thing.modifiers:
            if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
                yield bpy.path.abspath(modifier.domain_settings.cache_directory)
    if bpy.data.filepath:
        folder, name = os.path.split(bpy.data.filepath)
        yield os.path.join(folder, "blendcache_" + os.path.splitext(name)[0])


after = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
target = (sys.argv[after + 1 :] + [None])[0]
if target:
    pack()
scene = bpy.context.scene
render = scene.render
answer = {
    "name": scene.name,
    "frame_start": scene.frame_start,
    "frame_end": scene.frame_end,
    "fps": render.fps / render.fps_base,
    "format": render.image_settings.file_format,
    "extension": render.file_extension,
    "has_previews": bool(getattr(render.image_settings, "use_preview", False)),
    "external": external(),
}
if target:
    bpy.ops.wm.save_as_mainfile(filepath=target, copy=True, compress=True)
print("\nfarandole-scene:" + json.dumps(answer), flush=True)
