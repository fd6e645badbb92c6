# Lists the files that the scene needs and that do not exist. Up to Blender 4.5 nothing is said about most of them.
# Comment lines are removed before it is handed to Blender.
def farandole_missing(frames):
    import os
    import re

    import bpy

    scene = bpy.context.scene
    found = []

    def used():
        # Everything that the scene leads to. Brushes are only for painting, and hidden objects are not rendered.
        users = bpy.data.user_map()
        uses = {}
        for block, its_users in users.items():
            for user in its_users:
                uses.setdefault(user, []).append(block)
        reached, todo = {scene}, [scene]
        while todo:
            for block in uses.get(todo.pop(), ()):
                hidden = isinstance(block, bpy.types.Brush) or getattr(block, 'hide_render', False)
                if block not in reached and not hidden:
                    reached.add(block)
                    todo.append(block)
        return reached

    def check(kind, owner, path, folder=False):
        if not path or path.startswith('<'):
            return
        path = os.path.normpath(bpy.path.abspath(path, library=getattr(owner, 'library', None)))
        exists = os.path.isdir(path) if folder else os.path.isfile(path)
        if not exists and {'kind': kind, 'path': path} not in found:
            found.append({'kind': kind, 'path': path})

    def number_of(user, frame):
        # The picture of a sequence that Blender shows in a frame.
        length = user.frame_duration
        place = frame - user.frame_start + 1
        if user.use_cyclic and length:
            place = (place - 1) % length + 1
        return max(1, min(place, length)) + user.frame_offset

    def with_number(path, number):
        folder, name = os.path.split(path)
        digits = list(re.finditer('[0-9]+', os.path.splitext(name)[0]))
        if not digits:
            return path
        last = digits[-1]
        return os.path.join(folder, '%s%0*d%s' % (name[:last.start()], len(last.group()), number, name[last.end():]))

    def check_image(image, users):
        if image.packed_file or len(getattr(image, 'packed_files', ())):
            return
        if image.source in ('FILE', 'MOVIE'):
            check('image', image, image.filepath)
        elif image.source == 'SEQUENCE':
            for number in {number_of(user, frame) for user in users for frame in frames}:
                check('image', image, with_number(image.filepath, number))
        elif image.source == 'TILED':
            for tile in image.tiles:
                path = image.filepath.replace('<UDIM>', str(tile.number))
                column, row = (tile.number - 1001) % 10 + 1, (tile.number - 1001) // 10 + 1
                check('image', image, path.replace('<UVTILE>', 'u%d_v%d' % (column, row)))

    def check_nodes(tree, users):
        for node in tree.nodes:
            image = getattr(node, 'image', None)
            if image is not None and not node.mute:
                user = getattr(node, 'image_user', node)
                if hasattr(user, 'frame_duration'):
                    users.setdefault(image, []).append(user)
            if node.type in ('TEX_IES', 'SCRIPT') and node.mode == 'EXTERNAL' and not node.mute:
                check('light profile' if node.type == 'TEX_IES' else 'shader script', tree, node.filepath)

    def check_modifiers(block):
        for modifier in block.modifiers:
            if not modifier.show_render:
                continue
            if modifier.type == 'MESH_CACHE':
                check('cache', block, modifier.filepath)
            caches = [getattr(modifier, 'point_cache', None)]
            if modifier.type == 'PARTICLE_SYSTEM':
                caches = [modifier.particle_system.point_cache]
            for cache in caches:
                if cache is not None and cache.use_external:
                    check('cache', block, cache.filepath, folder=True)
            if modifier.type == 'FLUID' and modifier.fluid_type == 'DOMAIN':
                settings = modifier.domain_settings
                if settings.cache_type != 'REPLAY':
                    check('cache', block, settings.cache_directory, folder=True)

    def check_strips():
        editor = scene.sequence_editor if scene.render.use_sequencer else None
        if editor is None:
            return
        strips = getattr(editor, 'strips_all', None) or getattr(editor, 'sequences_all', [])
        for strip in strips:
            if strip.mute:
                continue
            if strip.type == 'MOVIE':
                check('movie', scene, strip.filepath)
            elif strip.type == 'IMAGE':
                start = int(getattr(strip, 'content_start', None) or strip.frame_start)
                last = len(strip.elements) - 1
                ends = strip.frame_final_start, strip.frame_final_end
                for place in {max(0, min(frame - start, last)) for frame in frames if ends[0] <= frame < ends[1]}:
                    check('image', scene, os.path.join(strip.directory, strip.elements[place].filename))

    blocks = used()
    users = {}
    for block in blocks:
        tree = block if isinstance(block, bpy.types.NodeTree) else getattr(block, 'node_tree', None)
        if tree is not None:
            check_nodes(tree, users)
        if isinstance(block, bpy.types.Object):
            check_modifiers(block)
    for block in blocks:
        if isinstance(block, bpy.types.Image):
            check_image(block, users.get(block, ()))
        elif isinstance(block, bpy.types.Sound) and not block.packed_file:
            check('sound', block, block.filepath)
        elif isinstance(block, bpy.types.VectorFont) and not block.packed_file:
            check('font', block, block.filepath)
        elif isinstance(block, bpy.types.MovieClip) and block.source == 'MOVIE':
            check('movie', block, block.filepath)
        elif isinstance(block, bpy.types.Volume) and not block.packed_file and not block.is_sequence:
            check('volume', block, block.filepath)
        elif isinstance(block, bpy.types.CacheFile) and not block.is_sequence:
            check('cache', block, block.filepath)
    check_strips()
    return found
