# The simulations of a scene that are not baked. Each chunk of frames, and each frame of a chunk, would begin its own.

import os


def is_baked(cache):
    return cache.is_baked or cache.use_external


def moves(particles):
    settings = particles.settings
    if settings.type == "HAIR":
        return particles.use_hair_dynamics
    return settings.physics_type in ("NEWTON", "BOIDS", "FLUID")


def unbaked_fluid(settings):
    if settings.cache_type == "REPLAY" or not settings.has_cache_baked_data:
        return True
    if settings.domain_type == "GAS":
        return settings.use_noise and not settings.has_cache_baked_noise
    particles = settings.use_spray_particles or settings.use_foam_particles or settings.use_bubble_particles
    return (settings.use_mesh and not settings.has_cache_baked_mesh) or (
        particles and not settings.has_cache_baked_particles
    )


def simulation_zones(tree, depth=0):
    for node in tree.nodes if tree and depth < 20 else ():
        if node.bl_idname == "GeometryNodeSimulationOutput":
            yield node
        elif getattr(node, "node_tree", None) and not node.mute:
            yield from simulation_zones(node.node_tree, depth + 1)


def has_files(thing, folder):
    found = bool(folder) and absolute(thing, folder)
    return bool(found) and os.path.isdir(found) and any(files for _, _, files in os.walk(found))


def state_of_zones(thing, modifier):
    """Whether the zones are baked. What is packed into the file Blender does not tell."""
    bakes = getattr(modifier, "bakes", None)
    if bakes is None:
        return "baked" if has_files(thing, getattr(modifier, "simulation_bake_directory", "")) else "unbaked"
    for bake in bakes:
        if bake.node is None or bake.node.bl_idname != "GeometryNodeSimulationOutput":
            continue
        own = modifier.bake_directory and os.path.join(modifier.bake_directory, str(bake.bake_id))
        if has_files(thing, bake.directory if bake.use_custom_path else own):
            continue
        target = getattr(bake, "bake_target", "DISK")
        target = getattr(modifier, "bake_target", "DISK") if target == "INHERIT" else target
        return "unclear" if target == "PACKED" else "unbaked"
    return "baked"


def of_modifier(thing, modifier, last):
    """What the simulation is called, and whether it is baked."""
    kind = modifier.type
    if kind in ("CLOTH", "SOFT_BODY"):
        cache = modifier.point_cache
        if last > cache.frame_start and not is_baked(cache):
            yield "the cloth" if kind == "CLOTH" else "the soft body", "unbaked"
    elif kind == "PARTICLE_SYSTEM":
        particles = modifier.particle_system
        cache = particles.point_cache
        if moves(particles) and last > cache.frame_start and not is_baked(cache):
            yield 'the particles "%s"' % particles.name, "unbaked"
    elif kind == "FLUID" and modifier.fluid_type == "DOMAIN":
        settings = modifier.domain_settings
        if last > settings.cache_frame_start and unbaked_fluid(settings):
            yield "the fluid", "unbaked"
    elif kind == "DYNAMIC_PAINT" and modifier.canvas_settings:
        for surface in modifier.canvas_settings.canvas_surfaces:
            cache = surface.point_cache
            if surface.is_active and surface.is_cache_user and last > surface.frame_start and not is_baked(cache):
                yield 'the dynamic paint "%s"' % surface.name, "unbaked"
    elif kind == "NODES" and any(True for _ in simulation_zones(modifier.node_group)):
        yield 'the simulation of the geometry nodes "%s"' % modifier.name, state_of_zones(thing, modifier)


def of_rigid_bodies(scene, last):
    world = scene.rigidbody_world
    if world is None or not world.enabled or world.collection is None or is_baked(world.point_cache):
        return
    bodies = [thing.rigid_body for thing in world.collection.objects if thing.rigid_body]
    if last > world.point_cache.frame_start and any(body.type == "ACTIVE" and body.enabled for body in bodies):
        yield 'the rigid bodies of the scene "%s"' % scene.name


def simulations(scene, blocks, frames):
    last = max(frames, default=scene.frame_start)
    found = {"unbaked": list(of_rigid_bodies(scene, last)), "unclear": [], "baked": []}
    objects = [block for block in blocks if block.bl_rna.identifier == "Object"]
    for thing in sorted(objects, key=lambda thing: thing.name):
        for modifier in thing.modifiers:
            if modifier.show_render:
                for what, state in of_modifier(thing, modifier, last):
                    found[state].append('%s of "%s"' % (what, thing.name))
    return found
