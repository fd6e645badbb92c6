# The files that a scene needs besides its own: every picture of a sequence that the frames of the job show, every tile,
# movie, sound, font, volume, cache and library.

import os
import re

import bpy


def renders(thing):
    # What is animated may be hidden in some frames only.
    return not thing.hide_render or thing.animation_data is not None


def visible_objects(scene):
    found = set()

    def walk(layer):
        if layer.exclude or layer.collection.hide_render:
            return
        found.update(thing for thing in layer.collection.objects if renders(thing))
        for child in layer.children:
            walk(child)

    for layer in [layer for layer in scene.view_layers if layer.use] or scene.view_layers:
        walk(layer.layer_collection)
    return found


def reached(scene):
    """All that the scene leads to. What other scenes alone need is not asked for."""
    uses = {}
    for block, users in bpy.data.user_map().items():
        for user in users:
            uses.setdefault(user, []).append(block)
    found, todo = set(), [scene]
    while todo:
        user = todo.pop()
        if user in found:
            continue
        found.add(user)
        is_scene = isinstance(user, bpy.types.Scene)
        if is_scene:
            todo.extend(visible_objects(user))
            todo.extend([user.camera] if user.camera else [])
        for block in uses.get(user, ()):
            # Brushes are for painting. The objects of a scene are those that its view layers show.
            unseen = isinstance(block, bpy.types.Brush) or (
                is_scene and isinstance(block, (bpy.types.Object, bpy.types.Collection))
            )
            if isinstance(user, bpy.types.Collection) and isinstance(block, bpy.types.Object):
                unseen = not renders(block)
            if not unseen:
                todo.append(block)
    return found


def absolute(owner, path):
    return os.path.normpath(bpy.path.abspath(path, library=getattr(owner, "library", None)))


class Needed:
    """Paths, each with what is to be told of it."""

    def __init__(self):
        self.files = {}
        self.folders = {}

    def is_there(self, path):
        folder, name = os.path.split(path)
        if folder not in self.folders:
            try:
                self.folders[folder] = set(os.listdir(folder))
            except OSError:
                self.folders[folder] = set()
        # Some file systems do not tell upper from lower case.
        return name in self.folders[folder] or os.path.exists(path)

    def add(self, owner, path, more=0):
        if not path or path.startswith("<"):
            return
        relative = path.startswith("//") and getattr(owner, "library", None) is None
        path = absolute(owner, path)
        found = {"path": path, "exists": self.is_there(path), "relative": relative, "more": more}
        self.files.setdefault(path, found)

    def add_series(self, owner, paths):
        """Each one that does not exist, and the first of the others for all of them."""
        there = []
        for path in sorted(set(paths)):
            if self.is_there(absolute(owner, path)):
                there.append(path)
            else:
                self.add(owner, path)
        if there:
            self.add(owner, there[0], len(there) - 1)


def number_in(path):
    """Where the number of a picture is in its path: the last digits before the extension."""
    folder, name = os.path.split(path)
    stem = os.path.splitext(name)[0]
    digits = list(re.finditer("[0-9]+", stem))
    return (folder, name, digits[-1]) if digits else None


def with_number(path, number):
    found = number_in(path)
    if found is None:
        return path
    folder, name, digits = found
    text = "%0*d" % (len(digits.group()), number)
    return os.path.join(folder, name[: digits.start()] + text + name[digits.end() :])


def shown_number(user, frame):
    """The picture of a sequence that is shown in a frame."""
    length = user.frame_duration
    place = frame - user.frame_start + 1
    if user.use_cyclic and length:
        place = (place - 1) % length + 1
    return max(1, min(place, length)) + user.frame_offset


def add_image(needed, image, users, frames):
    if image.packed_file or len(getattr(image, "packed_files", ())):
        return
    path = image.filepath
    if image.source == "SEQUENCE" and users is not None:
        numbers = {shown_number(user, frame) for user in users for frame in frames}
        needed.add_series(image, [with_number(path, number) for number in numbers])
    elif image.source == "TILED":
        tiles = [tile.number for tile in image.tiles]
        columns = {number: "u%d_v%d" % ((number - 1001) % 10 + 1, (number - 1001) // 10 + 1) for number in tiles}
        paths = [path.replace("<UDIM>", str(number)).replace("<UVTILE>", columns[number]) for number in tiles]
        needed.add_series(image, paths)
    elif image.source in ("FILE", "MOVIE", "SEQUENCE"):
        needed.add(image, path)


def add_clip(needed, clip, frames):
    found = number_in(clip.filepath) if clip.source == "SEQUENCE" else None
    if found is None:
        needed.add(clip, clip.filepath)
        return
    _, name, digits = found
    try:
        present = os.listdir(os.path.dirname(absolute(clip, clip.filepath)))
    except OSError:
        present = []
    pattern = re.escape(name[: digits.start()]) + "([0-9]+)" + re.escape(name[digits.end() :])
    numbers = [int(match.group(1)) for match in (re.fullmatch(pattern, other) for other in present) if match]
    first = int(digits.group())
    shown = [first + frame - clip.frame_start + clip.frame_offset for frame in frames]
    paths = [with_number(clip.filepath, number) for number in shown if first <= number <= max(numbers, default=first)]
    needed.add_series(clip, paths)
    if not paths:
        needed.add(clip, clip.filepath)


def volume_number(volume, frame):
    length, place = volume.frame_duration, frame - volume.frame_start + 1
    if not length or (volume.sequence_mode == "CLIP" and not 1 <= place <= length):
        return None
    if volume.sequence_mode == "EXTEND":
        place = max(1, min(place, length))
    elif volume.sequence_mode == "REPEAT":
        place = (place - 1) % length + 1
    elif volume.sequence_mode == "PING_PONG":
        there_and_back = max(1, length * 2 - 2)
        place = (place - 1) % there_and_back + 1
        place = length * 2 - place if place > length else place
    return place + volume.frame_offset


def add_numbered(needed, block, numbers):
    numbers = {number for number in numbers if number is not None}
    needed.add_series(block, [with_number(block.filepath, number) for number in numbers])


def add_modifiers(needed, thing):
    for modifier in thing.modifiers:
        if not modifier.show_render:
            continue
        if modifier.type == "MESH_CACHE" or (modifier.type == "OCEAN" and modifier.is_cached):
            needed.add(thing, modifier.filepath)
        cache = getattr(modifier, "point_cache", None)
        if modifier.type == "PARTICLE_SYSTEM":
            cache = modifier.particle_system.point_cache
        if cache is not None and cache.use_external:
            needed.add(thing, cache.filepath)
        if modifier.type == "FLUID" and modifier.fluid_type == "DOMAIN":
            settings = modifier.domain_settings
            if settings.has_cache_baked_data or os.path.isdir(absolute(thing, settings.cache_directory)):
                needed.add(thing, settings.cache_directory)


def strips_of(scene):
    editor = scene.sequence_editor
    if editor is None or not scene.render.use_sequencer:
        return []
    every = getattr(editor, "strips_all", None) or getattr(editor, "sequences_all", [])
    return [strip for strip in every if not strip.mute]


def add_strips(needed, scene, frames):
    for strip in strips_of(scene):
        if strip.type == "MOVIE":
            needed.add(scene, strip.filepath)
        elif strip.type == "IMAGE" and len(strip.elements):
            start = int(getattr(strip, "content_start", None) or strip.frame_start)
            last = len(strip.elements) - 1
            shown = range(last + 1)
            if frames is not None:
                inside = [frame for frame in frames if strip.frame_final_start <= frame < strip.frame_final_end]
                shown = {max(0, min(frame - start, last)) for frame in inside}
            names = [os.path.join(strip.directory, strip.elements[place].filename) for place in shown]
            needed.add_series(scene, names)


def trees(blocks):
    for block in blocks:
        tree = block if isinstance(block, bpy.types.NodeTree) else getattr(block, "node_tree", None)
        if tree is not None:
            yield tree


def image_users(needed, blocks):
    """Who shows the pictures of each image; on the way, the other files that nodes name."""
    users = {}
    for tree in trees(blocks):
        for node in tree.nodes:
            image = getattr(node, "image", None)
            user = getattr(node, "image_user", node)
            if isinstance(image, bpy.types.Image) and hasattr(user, "frame_duration"):
                users.setdefault(image, []).extend([] if node.mute else [user])
            if node.type in ("TEX_IES", "SCRIPT") and node.mode == "EXTERNAL" and not node.mute:
                needed.add(tree, node.filepath)
    for block in blocks:
        if isinstance(block, bpy.types.ImageTexture) and block.image:
            users.setdefault(block.image, []).append(block.image_user)
    return users


def add_libraries(needed):
    """All of them, because Blender opens them all. A library's own path is relative to the library that needs it."""
    for library in bpy.data.libraries:
        if library.packed_file or getattr(library, "is_archive", False):
            continue
        path = os.path.normpath(bpy.path.abspath(library.filepath))
        relative = library.filepath.startswith("//") and library.parent is None
        found = {"path": path, "exists": needed.is_there(path), "relative": relative, "more": 0}
        needed.files.setdefault(path, found)


def add_all_else(needed):
    """What Blender tells besides, of kinds that are not looked into above."""
    known = {absolute(text, text.filepath) for text in bpy.data.texts if text.filepath}
    for name in ("images", "movieclips", "volumes", "cache_files", "sounds", "fonts"):
        known.update(absolute(block, block.filepath) for block in getattr(bpy.data, name) if block.filepath)
    for scene in bpy.data.scenes:
        for strip in strips_of(scene):
            names = [element.filename for element in getattr(strip, "elements", None) or ()]
            known.update(absolute(scene, os.path.join(strip.directory, name)) for name in names)
            known.add(absolute(scene, getattr(strip, "filepath", "") or "//"))
    ours = set(bpy.utils.blend_paths(absolute=False, packed=False, local=True))
    raw = bpy.utils.blend_paths(absolute=False, packed=False, local=False)
    full = bpy.utils.blend_paths(absolute=True, packed=False, local=False)
    for name, path in zip(raw, full):
        path = os.path.normpath(path) if path else ""
        if path and path not in known and path not in needed.files and "<builtin>" not in path:
            relative = name in ours and name.startswith("//")
            found = {"path": path, "exists": needed.is_there(path), "relative": relative, "more": 0}
            needed.files[path] = found
    if bpy.data.filepath:
        folder, name = os.path.split(bpy.data.filepath)
        caches = os.path.join(folder, "blendcache_" + os.path.splitext(name)[0])
        if os.path.isdir(caches):
            needed.files[caches] = {"path": caches, "exists": True, "relative": True, "more": 0}


def needed_files(needed, scene, blocks, frames):
    users = image_users(needed, blocks)
    for block in blocks:
        kind = block.bl_rna.identifier
        if isinstance(block, bpy.types.Object):
            add_modifiers(needed, block)
        elif isinstance(block, bpy.types.Image):
            add_image(needed, block, users.get(block), frames)
        elif isinstance(block, bpy.types.Scene):
            add_strips(needed, block, frames if block == scene else None)
        elif isinstance(block, bpy.types.MovieClip):
            add_clip(needed, block, frames)
        elif kind == "Volume" and not block.packed_file and block.is_sequence:
            add_numbered(needed, block, [volume_number(block, frame) for frame in frames])
        elif kind == "CacheFile" and block.is_sequence:
            add_numbered(needed, block, [int(block.frame) if block.override_frame else frame for frame in frames])
        elif kind == "CacheFile" or (kind in ("Volume", "Sound", "VectorFont") and not block.packed_file):
            needed.add(block, block.filepath)
    add_libraries(needed)
    add_all_else(needed)
    return sorted(needed.files.values(), key=lambda file: file["path"])
