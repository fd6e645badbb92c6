# What a scene writes besides its frames, and what can be said of the frames.

import bpy


def file_output_nodes(tree, depth=0):
    for node in tree.nodes if tree and depth < 20 else ():
        if node.mute:
            continue
        if node.type == "OUTPUT_FILE":
            yield node
        elif node.type == "GROUP":
            yield from file_output_nodes(node.node_tree, depth + 1)


def compositor(scene):
    if not scene.render.use_compositing:
        return None
    if hasattr(scene, "compositing_node_group"):
        return scene.compositing_node_group
    return scene.node_tree if scene.use_nodes else None


def shows_strips(scene):
    return any(strip.type != "SOUND" for strip in strips_of(scene))


def node_outputs(scene):
    if shows_strips(scene):
        return []
    found = {}
    for node in file_output_nodes(compositor(scene)):
        if any(socket.is_linked for socket in node.inputs):
            path = node.directory if hasattr(node, "file_output_items") else node.base_path
            full = os.path.normpath(bpy.path.abspath(path)) if path else ""
            found[path] = {"path": path, "absolute": full}
    return [found[path] for path in sorted(found)]


def has_camera(scene):
    """Blender takes any camera of the view layer where none was chosen."""
    tree = compositor(scene)
    if tree is not None and not shows_strips(scene):
        layers = [node for node in tree.nodes if node.type == "R_LAYERS" and not node.mute]
        if not layers:
            return True
    everything = [thing for layer in scene.view_layers for thing in layer.objects]
    markers = any(getattr(marker, "camera", None) for marker in scene.timeline_markers)
    is_there = scene.camera or markers or any(thing.type == "CAMERA" for thing in everything)
    return bool(is_there) or shows_strips(scene)


def writable_formats(settings):
    """All formats that this Blender writes. The scene is changed by that, so that it has to be the last question."""
    names = [item.identifier for item in settings.bl_rna.properties["file_format"].enum_items]
    media = settings.bl_rna.properties.get("media_type")
    found = []
    for medium in [item.identifier for item in media.enum_items] if media else [None]:
        if medium:
            settings.media_type = medium
        for name in names:
            try:
                settings.file_format = name
                found.append(name)
            except TypeError:
                pass
    return sorted(set(found))
