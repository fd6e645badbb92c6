// Renders the frames of a Blender file in chunks, then makes a preview video of them.

const JOB_TYPE = {
    label: "Simple Blender Render",
    description: "Render frames in chunks, and make a preview video of them",
    settings: [
        // What the submitter decides.
        {
            key: "frames", type: "string", required: true,
            eval: "f'{C.scene.frame_start}-{C.scene.frame_end}' + (f'x{C.scene.frame_step}' if C.scene.frame_step > 1 else '')",
            evalInfo: { showLinkButton: true, description: "The frame range of the scene" },
            description: "Which frames to render: '47', '1-30', '3, 5-10, 47-327', every fourth one: '1-9x4'",
        },
        {
            key: "chunk_size", type: "int32", default: 1, visible: "submission",
            description: "How many frames one task renders",
        },
        {
            key: "render_output_root", type: "string", subtype: "dir_path", required: true, visible: "submission",
            description: "Folder below which the frames are written",
        },
        {
            key: "add_path_components", type: "int32", required: true, default: 0, visible: "submission",
            propargs: { min: 0, max: 32 },
            description: "How many of the Blender file's own folders to repeat below the output folder",
        },
        {
            key: "render_output_path", type: "string", subtype: "file_path", editable: false,
            eval: "str(Path(abspath(settings.render_output_root), last_n_dir_parts(settings.add_path_components), "
                + "jobname, '{timestamp}', '######'))",
            description: "Where each frame is written",
        },

        // What the Blender file decides.
        {
            key: "blendfile", type: "string", required: true, visible: "web",
            description: "The Blender file to render",
        },
        { key: "fps", type: "float", visible: "hidden", eval: "C.scene.render.fps / C.scene.render.fps_base" },
        { key: "format", type: "string", required: true, visible: "web", eval: "C.scene.render.image_settings.file_format" },
        {
            key: "image_file_extension", type: "string", required: true, visible: "hidden",
            eval: "C.scene.render.file_extension",
            description: "What the names of the frames end in, with the dot",
        },
        {
            key: "has_previews", type: "bool", required: false, visible: "hidden",
            eval: "C.scene.render.image_settings.use_preview",
            description: "Whether Blender writes a JPEG beside each EXR",
        },
        {
            key: "scene", type: "string", required: true, visible: "web", eval: "C.scene.name",
            description: "The scene to render",
        },
        {
            key: "gather_outputs", type: "bool", required: false, visible: "hidden",
            description: "Whether files that the compositor writes beside the Blender file go to the output folder",
        },
    ],
};

const VIDEO_FORMATS = ["FFMPEG", "AVI_RAW", "AVI_JPEG"];
const EXR_FORMATS = ["EXR", "MULTILAYER", "OPEN_EXR", "OPEN_EXR_MULTILAYER"];

// The extensions that Blender takes for those of a format; it writes the first. The format may have been changed for
// the submission, and then the extension that the Blender file has is another one's.
const EXTENSIONS = {
    AVIF: [".avif"],
    BMP: [".bmp"],
    CINEON: [".cin"],
    DPX: [".dpx"],
    HDR: [".hdr"],
    IRIS: [".rgb"],
    JP2: [".jp2", ".j2c"],
    JPEG: [".jpg", ".jpeg"],
    JPEG2000: [".jp2", ".j2c"],
    PNG: [".png"],
    RAWTGA: [".tga"],
    TARGA: [".tga"],
    TARGA_RAW: [".tga"],
    TGA: [".tga"],
    TIFF: [".tif", ".tiff"],
    WEBP: [".webp"],
    ...Object.fromEntries(EXR_FORMATS.map((format) => [format, [".exr"]])),
};

// Some formats have another name on Blender's command line than in its files.
const FORMAT_ARGUMENTS = { JPEG2000: "JP2", TARGA: "TGA", TARGA_RAW: "RAWTGA" };

// Blender takes these off when it writes another format.
const IMAGE_EXTENSIONS = [
    ".bmp", ".cin", ".dds", ".dpx", ".exr", ".hdr", ".j2c", ".jp2", ".jpeg", ".jpg", ".pdd", ".png", ".psb", ".psd", ".rgb",
    ".rgba", ".sgi", ".tga", ".tif", ".tiff", ".tx", ".webp",
];

// FFmpeg has no way to make a video of these.
const FORMATS_WITHOUT_VIDEO = ["AVIF", "CINEON"];

// Frames keep the extension that the rest of this script counts on, and a task that is done again neither renders
// what is there already nor leaves placeholders.
const OUTPUT_RULES = [
    "import bpy",
    "render = bpy.context.scene.render",
    "render.use_file_extension = True",
    "render.use_overwrite = False",
    "render.use_placeholder = False",
].join("; ");

// An uploaded file has a folder of its own, in which the files of the compositor would not be found. They go below the
// folder of the frames instead, which is known to Blender after "--render-output".
const GATHER_OUTPUTS = String.raw`
import bpy, os
scene = bpy.context.scene
folder = os.path.dirname(bpy.path.abspath(scene.render.filepath))
def gather(tree, depth):
    for node in tree.nodes if tree and depth < 20 else ():
        if node.type == "GROUP":
            gather(node.node_tree, depth + 1)
        elif node.type == "OUTPUT_FILE":
            key = "directory" if hasattr(node, "directory") else "base_path"
            path = getattr(node, key)
            if path.startswith("//"):
                inside = os.path.normpath("/" + path[2:].replace("\\", "/")).lstrip("/\\")
                end = "/" if path.endswith(("/", "\\")) else ""
                setattr(node, key, os.path.join(folder, inside) + end)
gather(getattr(scene, "compositing_node_group", None) or getattr(scene, "node_tree", None), 0)
`;

function compileJob(job) {
    const settings = job.settings;
    if (VIDEO_FORMATS.includes(settings.format)) {
        throw new Error(`${settings.format} is a video format; a farm renders images, choose one of those`);
    }
    if (!settings.render_output_path) {
        throw new Error("render_output_path is not set: there is nowhere to write the frames to");
    }
    settings.render_output_path = withShortNames(withTimestamp(settings.render_output_path, job));

    const renderTasks = makeRenderTasks(settings);
    for (const task of renderTasks) job.addTask(task);

    const videoTask = makeVideoTask(settings, renderTasks);
    if (videoTask) job.addTask(videoTask);
}

// Jobs of one name that are submitted in the same second must not share a folder, so the job's id is in its name, too.
// Other names in braces are variables, which are resolved when a Worker gets the task.
function withTimestamp(path, job) {
    return path.replaceAll("{timestamp}", () => `${formatTimestampLocal(job.created)}-${job.jobID.slice(0, 8)}`);
}

// The longest name of a file or folder, in bytes of UTF-8, that common file systems take.
const LONGEST_NAME = 255;

// A job's name may be longer than the name of a folder can be.
function withShortNames(path) {
    return path.replace(/[^\\/]+/g, shortened);
}

function shortened(name) {
    let bytes = 0;
    let short = "";
    for (const character of name) {
        const point = character.codePointAt(0);
        bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
        if (bytes > LONGEST_NAME) break;
        short += character;
    }
    return short;
}

function makeRenderTasks(settings) {
    const output = path.join(path.dirname(settings.render_output_path), path.basename(settings.render_output_path));
    return frameChunker(settings.frames, settings.chunk_size).map((chunk) => {
        const task = author.Task(`render-${chunk}`, "blender");
        task.addCommand(author.Command("blender-render", {
            exe: "{blender}",
            exeArgs: "{blenderArgs}",
            argsBefore: [],
            blendfile: settings.blendfile,
            args: [
                ...(settings.scene ? ["--scene", settings.scene] : []),
                "--python-expr", OUTPUT_RULES,
                "--render-output", output,
                ...(settings.gather_outputs ? ["--python-expr", GATHER_OUTPUTS] : []),
                "--render-format", FORMAT_ARGUMENTS[settings.format] ?? settings.format,
                "--render-frame", chunk.replaceAll("-", ".."),
            ],
        }, frameCount(chunk)));
        return task;
    });
}

function makeVideoTask(settings, renderTasks) {
    const isEXR = EXR_FORMATS.includes(settings.format);
    if (isEXR && !settings.has_previews) return undefined;
    if (FORMATS_WITHOUT_VIDEO.includes(settings.format)) return undefined;
    if (!settings.fps) return undefined;

    const folder = path.dirname(settings.render_output_path);
    const name = path.stem(settings.blendfile).replace(".flamenco", "");
    // Blender writes the previews of EXR files beside them.
    const extension = isEXR ? ".jpg" : extensionOf(settings);
    const accepted = isEXR ? [] : EXTENSIONS[settings.format] ?? [];
    const fileName = fileNamePattern(path.basename(settings.render_output_path), extension, accepted);
    const task = author.Task("preview-video", "ffmpeg");
    // The job is about the frames, so it does not fail when only their preview cannot be made.
    task.optional = true;
    task.addCommand(author.Command("frames-to-video", {
        exe: "ffmpeg",
        // These two are for stock Flamenco Workers.
        fps: settings.fps,
        inputGlob: path.join(folder, `*${extension}`),
        // Our Worker uses these instead: exactly the frames of this job, and a rate without rounding.
        inputPattern: path.join(folder, fileName),
        frames: settings.frames,
        frameRate: frameRate(settings.fps),
        outputFile: path.join(folder, `${name}-${videoRange(settings.frames)}.mp4`),
        args: [
            "-c:v", "h264",
            "-crf", "20",
            "-g", "18",
            "-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2",
            "-pix_fmt", "yuv420p",
            "-r", settings.fps,
            "-y",
        ],
    }));
    for (const renderTask of renderTasks) task.addDependency(renderTask);
    return task;
}

// What Blender appends to the names of frames.
function extensionOf(settings) {
    const own = EXTENSIONS[settings.format];
    return !own || own.includes(settings.image_file_extension) ? settings.image_file_extension : own[0];
}
// A file name says the first and last of a list of frames, and a range as it was given.
function videoRange(frames) {
    if (!frames.includes(",")) return frames;
    const single = frameChunker(frames, 1);
    return `${single[0]}-${single[single.length - 1]}`;
}

// The name of a frame as Blender makes it of the name that it is given: one without a place for the number gets the
// number at its end, and the extension of another image format is replaced.
function fileNamePattern(name, extension, accepted) {
    const numbered = name.includes("#") ? name : `${name}####`;
    const [ending] = /\.[^.]*$/.exec(numbered) ?? [""];
    if ([extension, ...accepted].includes(ending.toLowerCase())) return numbered;
    const isImage = IMAGE_EXTENSIONS.includes(ending.toLowerCase());
    return (isImage ? numbered.slice(0, -ending.length) : numbered) + extension;
}

// The television rates are fractions. Blender gives them as rounded numbers, such as 23.976 for 24000/1001.
function frameRate(fps) {
    const whole = Math.round(fps * 1.001);
    const isTelevision = !Number.isInteger(fps) && Math.abs(fps - whole / 1.001) < 0.001;
    return isTelevision ? `${whole * 1000}/1001` : String(fps);
}
