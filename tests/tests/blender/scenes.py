# Makes the .blend files of these tests. The folder for them follows `--`.
import os
import sys

import bpy

folder = sys.argv[sys.argv.index('--') + 1]


def scene(engine='CYCLES', camera=True):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    render = scene.render
    render.engine = engine
    scene.cycles.samples = 1
    scene.cycles.use_denoising = False
    scene.cycles.use_adaptive_sampling = False
    scene.cycles.device = 'CPU'
    render.resolution_x, render.resolution_y, render.resolution_percentage = 64, 36, 100
    scene.frame_start, scene.frame_end = 1, 2
    scene.view_settings.view_transform = 'Filmic'
    scene.world = bpy.data.worlds.new('World')
    scene.world.use_nodes = True
    if camera:
        scene.camera = bpy.data.objects.new('Camera', bpy.data.cameras.new('Camera'))
        scene.collection.objects.link(scene.camera)
    return scene, render


def save(name):
    bpy.ops.wm.save_as_mainfile(filepath=os.path.join(folder, name + '.blend'))


def environment(image):
    nodes = bpy.context.scene.world.node_tree
    node = nodes.nodes.new('ShaderNodeTexEnvironment')
    node.image = image
    nodes.links.new(node.outputs[0], nodes.nodes['Background'].inputs[0])
    return node


def file_node(file_format, slots, folder='//nodes/'):
    current = bpy.context.scene
    current.use_nodes = True
    nodes = current.node_tree
    layers = next((node for node in nodes.nodes if node.type == 'R_LAYERS'), None)
    node = nodes.nodes.new('CompositorNodeOutputFile')
    node.format.file_format = file_format
    node.base_path = folder
    kept = node.layer_slots if file_format == 'OPEN_EXR_MULTILAYER' else node.file_slots
    kept.clear()
    for slot in slots:
        kept.new(slot)
    for socket in node.inputs:
        nodes.links.new(layers.outputs[0], socket)
    return nodes, node


scene()
save('plain')

scene(camera=False)
save('no_camera')


class Engine(bpy.types.RenderEngine):
    bl_idname = 'MISSING_ENGINE'
    bl_label = 'Missing'


bpy.utils.register_class(Engine)
scene(engine='MISSING_ENGINE')
save('no_engine')

scene()
bpy.data.materials.new('Material').use_fake_user = True
save('library')
current, _ = scene()
with bpy.data.libraries.load(os.path.join(folder, 'library.blend'), link=True) as (_, wanted):
    wanted.materials = ['Material']
mesh = bpy.data.meshes.new('Mesh')
mesh.materials.append(wanted.materials[0])
current.collection.objects.link(bpy.data.objects.new('Object', mesh))
save('no_library')
os.remove(os.path.join(folder, 'library.blend'))

current, _ = scene()
system = bpy.utils.system_resource('DATAFILES', path='fonts')
with open(os.path.join(folder, 'some.ttf'), 'wb') as copy:
    source = sorted(os.path.join(place, name) for place, _, names in os.walk(system) for name in names
                    if name.endswith(('.ttf', '.woff2')))[0]
    copy.write(open(source, 'rb').read())
text = bpy.data.curves.new('Text', 'FONT')
text.body = 'A'
text.font = bpy.data.fonts.load(os.path.join(folder, 'some.ttf'))
current.collection.objects.link(bpy.data.objects.new('Text', text))
save('no_font')
os.remove(os.path.join(folder, 'some.ttf'))

scene()
image = bpy.data.images.new('Large', 16000, 16000, float_buffer=True)
image.generated_type = 'UV_GRID'
environment(image)
save('large')

scene()
for number in (1, 2, 4):
    image = bpy.data.images.new('Picture', 4, 4)
    image.filepath_raw = os.path.join(folder, 'picture%04d.png' % number)
    image.file_format = 'PNG'
    image.save()
image = bpy.data.images.load(os.path.join(folder, 'picture0001.png'))
image.source = 'SEQUENCE'
node = environment(image)
node.image_user.frame_duration, node.image_user.frame_start = 4, 1
node.image_user.use_auto_refresh = True
save('gap')

_, render = scene()
render.resolution_x, render.resolution_y, render.resolution_percentage = 101, 67, 33
save('percentage')

_, render = scene()
render.resolution_x, render.resolution_y = 101, 67
render.use_border = render.use_crop_to_border = True
render.border_min_x, render.border_max_x, render.border_min_y, render.border_max_y = 0.1, 0.7, 0.3, 0.9
save('crop')
render.use_crop_to_border = False
save('border')

_, render = scene()
render.image_settings.use_preview = True
save('preview')

for name in ('INDIVIDUAL', 'STEREO_3D'):
    _, render = scene()
    render.use_multiview = True
    render.image_settings.views_format = name
    render.image_settings.stereo_3d_format.display_mode = 'SIDEBYSIDE'
    save(name)

_, render = scene()
render.use_multiview = True
render.image_settings.file_format = 'OPEN_EXR_MULTILAYER'
render.image_settings.views_format = 'MULTIVIEW'
save('MULTIVIEW')

scene()
file_node('PNG', ['Image', 'b##', 'sub/c.png'])
file_node('OPEN_EXR_MULTILAYER', ['Image'], '//layers/all')
save('nodes')

_, render = scene()
render.use_multiview = True
file_node('JPEG', ['Image'])
save('node_views')

scene()
nodes, _ = file_node('PNG', ['Muted'])
nodes.nodes[-1].mute = True
_, node = file_node('PNG', ['Unlinked', 'Single', 'Image'])
nodes.links.remove(node.inputs[0].links[0])
nodes.links.new(nodes.nodes.new('CompositorNodeRGB').outputs[0], node.inputs[1])
save('nodes_that_do_not_write')
