"""Makes a scene that needs other files: a texture, and a linked material with one. Run by Blender: -P textured.py -- FOLDER."""

import sys

import bpy

folder = sys.argv[sys.argv.index("--") + 1]
texture = folder + "/textures/wood.png"


def material(name):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    node = made.node_tree.nodes.new("ShaderNodeTexImage")
    node.image = bpy.data.images.load(texture)
    made.node_tree.links.new(node.outputs[0], made.node_tree.nodes["Principled BSDF"].inputs["Emission"])
    return made


bpy.ops.wm.read_factory_settings(use_empty=True)
image = bpy.data.images.new("wood", 16, 16)
image.generated_color = (0.0, 1.0, 0.0, 1.0)
image.filepath_raw, image.file_format = texture, "PNG"
image.save()
bpy.data.images.remove(image)
material("linked").use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=folder + "/library.blend")

bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.mesh.primitive_plane_add(size=4)
with bpy.data.libraries.load(folder + "/library.blend", link=True, relative=True) as (_, found):
    found.materials = ["linked"]
bpy.context.object.data.materials.append(bpy.data.materials["linked"])
material("own").use_fake_user = True
bpy.ops.object.camera_add(location=(0, 0, 5))
scene = bpy.context.scene
scene.camera = bpy.context.object
scene.render.engine = "CYCLES"
scene.cycles.samples = 1
scene.cycles.use_denoising = False  # Debian's Blender has no denoiser
scene.view_settings.view_transform = "Standard"
scene.render.resolution_x = scene.render.resolution_y = 32
scene.render.image_settings.file_format = "PNG"
scene.frame_start, scene.frame_end = 1, 2
bpy.ops.wm.save_as_mainfile(filepath=folder + "/scene.blend")
