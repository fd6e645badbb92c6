"""Makes the demo's scene: a ring of blocks that dance around a ball. Run by Blender: blender -b -P scene.py -- FILE."""

import math
import sys

import bpy

FRAMES = 24
BLOCKS = 12

target = sys.argv[sys.argv.index("--") + 1]
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene


def material(name, colour, roughness=0.4):
    made = bpy.data.materials.new(name)
    made.use_nodes = True
    shader = made.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*colour, 1)
    shader.inputs["Roughness"].default_value = roughness
    return made


bpy.ops.mesh.primitive_plane_add(size=40)
bpy.context.object.data.materials.append(material("floor", (0.05, 0.06, 0.09), 0.7))
bpy.ops.mesh.primitive_uv_sphere_add(radius=1.2, location=(0, 0, 1.2))
bpy.ops.object.shade_smooth()
bpy.context.object.data.materials.append(material("ball", (0.9, 0.9, 0.95), 0.15))

for index in range(BLOCKS):
    angle = 2 * math.pi * index / BLOCKS
    bpy.ops.mesh.primitive_cube_add(size=0.8)
    block = bpy.context.object
    hue = index / BLOCKS
    colour = [0.5 + 0.5 * math.cos(2 * math.pi * (hue + shift)) for shift in (0, 1 / 3, 2 / 3)]
    block.data.materials.append(material(f"block {index}", colour))
    for frame in range(1, FRAMES + 2):
        turn = 2 * math.pi * (frame - 1) / FRAMES
        lift = 0.6 + 0.5 * (1 + math.sin(turn * 2 + 2 * angle))
        where = angle + turn / BLOCKS
        block.location = (3 * math.cos(where), 3 * math.sin(where), lift)
        block.rotation_euler = (turn, 0, where)
        block.keyframe_insert("location", frame=frame)
        block.keyframe_insert("rotation_euler", frame=frame)

bpy.ops.object.light_add(type="AREA", location=(4, -5, 7))
lamp = bpy.context.object
lamp.data.energy = 900
lamp.data.size = 5
lamp.rotation_euler = (math.radians(40), 0, math.radians(38))
world = bpy.data.worlds.new("world")
world.use_nodes = True
world.node_tree.nodes["Background"].inputs["Color"].default_value = (0.15, 0.2, 0.3, 1)
scene.world = world
bpy.ops.object.camera_add(location=(7.5, -7.5, 5.5), rotation=(math.radians(63), 0, math.radians(45)))
scene.camera = bpy.context.object

render = scene.render
render.engine = "CYCLES"
scene.cycles.device = "CPU"
scene.cycles.samples = 8
scene.cycles.use_denoising = False  # Debian's Blender has no denoiser
scene.cycles.max_bounces = 3
render.resolution_x, render.resolution_y, render.resolution_percentage = 320, 180, 100
render.fps = 12
render.image_settings.file_format = "PNG"
scene.frame_start, scene.frame_end = 1, FRAMES
bpy.ops.wm.save_as_mainfile(filepath=target)
