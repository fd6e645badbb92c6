# Tells what Blender is about to write: prints one line of JSON, then waits for a line on standard input.
# It runs right before the first render action, so that every option before it has taken effect. It works from
# Blender 2.93 to 5.2, changes nothing, and never raises. Comment lines are removed before it is handed to Blender.
def farandole_frames(ranges):
    import bpy

    scene = bpy.context.scene
    wanted = ranges or [(scene.frame_start, scene.frame_end)]
    step = 1 if ranges else max(1, scene.frame_step)
    seen = set()
    for first, last in wanted:
        seen.update(range(first, min(last, first + 100000 * step) + 1, step))
    return sorted(seen)


def farandole_facts(ranges):
    import os
    import re
    import struct

    import bpy

    scene = bpy.context.scene
    render = scene.render
    image = render.image_settings
    EXTENSIONS = {
        'BMP': 'bmp', 'IRIS': 'rgb', 'PNG': 'png', 'JPEG': 'jpg', 'JPEG2000': 'jp2', 'TARGA': 'tga',
        'TARGA_RAW': 'tga', 'CINEON': 'cin', 'DPX': 'dpx', 'OPEN_EXR': 'exr', 'OPEN_EXR_MULTILAYER': 'exr',
        'HDR': 'hdr', 'TIFF': 'tif', 'WEBP': 'webp', 'AVIF': 'avif'}
    # Blender keeps an extension that is one of these.
    ALIASES = {'JPEG': ('jpg', 'jpeg'), 'TIFF': ('tif', 'tiff'), 'JPEG2000': ('jp2', 'j2c')}

    frames = farandole_frames(ranges)

    def runs():
        # The numbers as runs of a first one, a last one and a step.
        found = []
        for frame in frames:
            if found and found[-1][2] in (0, frame - found[-1][1]):
                found[-1] = [found[-1][0], frame, frame - found[-1][1]]
            else:
                found.append([frame, frame, 0])
        return [[first, last, step or 1] for first, last, step in found]

    def single(number):
        return struct.unpack('f', struct.pack('f', number))[0]

    def size():
        # Blender multiplies in single precision and cuts the rest off.
        width = render.resolution_x * render.resolution_percentage // 100
        height = render.resolution_y * render.resolution_percentage // 100
        if render.use_border and render.use_crop_to_border:
            def length(low, high, whole):
                return int(single(high * whole)) - int(single(low * whole))
            width, height = (length(render.border_min_x, render.border_max_x, width),
                             length(render.border_min_y, render.border_max_y, height))
        stereo = image.stereo_3d_format
        if packs_stereo(image) and not stereo.use_squeezed_frame:
            if stereo.display_mode == 'SIDEBYSIDE':
                width *= 2
            elif stereo.display_mode == 'TOPBOTTOM':
                height *= 2
        return width, height

    def active_views():
        if not render.use_multiview:
            return []
        stereo = render.views_format == 'STEREO_3D'
        return [view for view in render.views if view.use and (not stereo or view.name in ('left', 'right'))]

    views = active_views()

    def packs_stereo(settings):
        return len(views) > 1 and settings.views_format == 'STEREO_3D'

    def file_views(settings, joins_views):
        # The views that get a file of their own; one without a name when there is one file for all.
        if len(views) < 2:
            return [('', '')]
        if settings.views_format == 'INDIVIDUAL' or (settings.views_format == 'MULTIVIEW' and not joins_views):
            return [(view.name, view.file_suffix) for view in views]
        return [('', '')]

    def with_suffix(path, suffix):
        stem, extension = os.path.splitext(path)
        return stem + suffix + extension

    def numbered(path, frame):
        folder, name = os.path.split(path)
        digits = '%s%0*d' % ('-' if frame < 0 else '', 4, abs(frame))
        run = re.search('(#+)[^#]*$', name)
        if run is None:
            return path + digits
        digits = '%s%0*d' % ('-' if frame < 0 else '', len(run.group(1)), abs(frame))
        return os.path.join(folder, name[:run.start(1)] + digits + name[run.end(1):])

    def with_extension(path, format):
        known = ALIASES.get(format, (EXTENSIONS.get(format, ''),))
        lower = path.lower()
        if any(lower.endswith('.' + extension) for extension in known):
            return path
        for extension in list(EXTENSIONS.values()) + ['jpeg', 'tiff', 'j2c']:
            if lower.endswith('.' + extension):
                path = path[:-len(extension) - 1]
                break
        return path + '.' + known[0]

    def absolute(path):
        folder, name = os.path.split(bpy.path.abspath(path))
        return os.path.join(os.path.normpath(folder), name)

    def pattern(paths):
        # Where the number is in the paths, if that is the only difference between them.
        for group in re.finditer('[0-9]+', paths[0]):
            before, after, width = paths[0][:group.start()], paths[0][group.end():], len(group.group())
            if all(path == '%s%0*d%s' % (before, width, frame, after) for path, frame in zip(paths, frames)):
                return {'before': before, 'digits': width, 'after': after}
        return None

    def entry(kind, view, name):
        paths = [name(frame) for frame in frames]
        found = {'kind': kind}
        if view:
            found['view'] = view
        found.update((len(paths) > 3 and frames[0] >= 0 and pattern(paths)) or {'paths': paths})
        return found

    def own_files():
        joins = image.file_format in ('OPEN_EXR', 'OPEN_EXR_MULTILAYER')
        found = []
        for view, suffix in file_views(image, joins):
            if render.is_movie_format:
                if packs_stereo(image) and bpy.app.version < (5, 0, 0):
                    # Up to 4.5, the one file of both eyes has the suffix of the first view.
                    suffix = views[0].file_suffix
                path = absolute(with_suffix(render.frame_path(), suffix))
                found.append({'kind': 'movie', 'view': view, 'paths': [path]})
                continue

            def name(frame):
                return absolute(with_suffix(render.frame_path(frame=frame), suffix))

            def preview(frame):
                path = name(frame)
                return with_extension(path[:-4] if path.endswith('.exr') else path, 'JPEG')

            found.append(entry('frame', view, name))
            if joins and image.use_preview and (len(views) < 2 or image.views_format != 'MULTIVIEW'):
                found.append(entry('preview', view, preview))
        return found

    def strips():
        editor = scene.sequence_editor
        if editor is None or not render.use_sequencer:
            return []
        every = getattr(editor, 'strips_all', None) or getattr(editor, 'sequences_all', [])
        return [strip for strip in every if not strip.mute]

    def output_nodes(tree, depth=0):
        for node in tree.nodes if tree and depth < 20 else ():
            if node.mute:
                continue
            if node.type == 'OUTPUT_FILE':
                yield node
            elif node.type == 'GROUP':
                yield from output_nodes(node.node_tree, depth + 1)

    def node_files():
        if hasattr(scene, 'compositing_node_group'):
            tree = scene.compositing_node_group
        else:
            tree = scene.node_tree if scene.use_nodes else None
        if not render.use_compositing or any(strip.type != 'SOUND' for strip in strips()):
            return []
        found = []
        for node in output_nodes(tree):
            found.extend(files_of_new_node(node) if hasattr(node, 'file_output_items') else files_of_old_node(node))
        return found

    # These give pictures; a socket that leads to none of them has a single value, of which no file is made.
    SOURCES = {'R_LAYERS', 'IMAGE', 'MOVIECLIP', 'MASK'}
    # What comes through these cannot be told from here.
    UNCERTAIN = {'GROUP_INPUT', 'SWITCH', 'SWITCH_VIEW'}

    def is_certain(sockets):
        # Whether pictures, and not single values, reach one of the sockets.
        todo, seen = [link.from_node for socket in sockets for link in socket.links], set()
        while todo:
            node = todo.pop()
            if node.name not in seen:
                seen.add(node.name)
                todo.extend(link.from_node for socket in node.inputs for link in socket.links)
                if node.type in UNCERTAIN or node.mute:
                    return False
                if node.type in SOURCES:
                    seen.add(None)
        return None in seen

    def files_at(path, settings, joins_views, certain):
        found = []
        for view, suffix in file_views(settings, joins_views):
            def name(frame):
                file = numbered(absolute(path), frame)
                if render.use_file_extension:
                    file = with_extension(file, settings.file_format)
                return with_suffix(file, suffix)
            found.append(dict(entry('node', view, name), certain=certain))
        return found

    def files_of_old_node(node):
        if node.format.file_format == 'OPEN_EXR_MULTILAYER':
            linked = [socket for socket in node.inputs if socket.is_linked]
            return files_at(node.base_path, node.format, True, is_certain(linked)) if linked else []
        found = []
        for slot, socket in zip(node.file_slots, node.inputs):
            if socket.is_linked:
                settings = node.format if slot.use_node_format else slot.format
                path = os.path.join(node.base_path, slot.path)
                found.extend(files_at(path, settings, settings.file_format == 'OPEN_EXR', is_certain([socket])))
        return found

    def files_of_new_node(node):
        if node.format.file_format == 'OPEN_EXR_MULTILAYER':
            linked = [socket for socket in node.inputs if socket.is_linked]
            path = os.path.join(node.directory, node.file_name)
            return files_at(path, node.format, True, is_certain(linked)) if linked else []
        found = []
        for item, socket in zip(node.file_output_items, node.inputs):
            if socket.is_linked:
                settings = item.format if item.override_node_format else node.format
                path = os.path.join(node.directory, node.file_name + item.name)
                found.extend(files_at(path, settings, settings.file_format == 'OPEN_EXR', is_certain([socket])))
        return found

    width, height = size()
    facts = {
        'version': list(bpy.app.version), 'scene': scene.name, 'engine': render.engine,
        'width': width, 'height': height, 'format': image.file_format, 'movie': render.is_movie_format,
        'overwrite': render.use_overwrite, 'placeholder': render.use_placeholder,
        'views': [view.name for view in views], 'views_format': image.views_format if views else '',
        'frames': runs(), 'files': own_files(),
    }
    try:
        facts['files'] += node_files()
    except Exception as error:
        facts['nodes_error'] = repr(error)
    return facts
