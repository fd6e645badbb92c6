"""Makes a tiny scene whose world has one colour. Run by Blender: -P plain.py -- FILE.blend [KEY=VALUE ...].

Keys: rgb (three numbers), width, height, end (the last frame), format, more (Python code that changes the scene).
"""

import sys

import bpy

file, *options = sys.argv[sys.argv.index("--") + 1:]
options = dict(option.split("=", 1) for option in options)

bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples = 1
scene.cycles.use_denoising = False  # Debian's Blender has no denoiser
scene.view_settings.view_transform = "Standard"
scene.render.resolution_x = int(options.get("width", 64))
scene.render.resolution_y = int(options.get("height", 36))
scene.frame_start, scene.frame_end = 1, int(options.get("end", 2))
scene.render.image_settings.file_format = options.get("format", "PNG")
world = scene.world = bpy.data.worlds.new("World")
world.use_nodes = True
colour = [float(part) for part in options.get("rgb", "0.8,0,0").split(",")]
world.node_tree.nodes["Background"].inputs[0].default_value = colour + [1]
scene.camera = bpy.data.objects.new("Camera", bpy.data.cameras.new("Camera"))
scene.collection.objects.link(scene.camera)


def script(code):
    """Has the file run this code when it is opened."""
    text = bpy.data.texts.new("script.py")
    text.write(code)
    text.use_module = True


exec(options.get("more", ""))
bpy.ops.wm.save_as_mainfile(filepath=file)
