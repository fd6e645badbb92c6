// The world that a job script finds: the modules `author`, `path` and `process`, the global functions, `require`
// and `console`, and the `job` object that `compileJob` is called with.
//
// The host hands over plain functions (`host.rs`) and gets back the two it needs: `createJob` and `plain`.
(function (host) {
"use strict";

// How arguments are read: nothing is the empty text, and zero; numbers lose their fraction.
const text = (value) => (value === undefined || value === null ? "" : String(value));
const int = (value) => {
    const number = Math.trunc(Number(value));
    return Number.isNaN(number) ? 0 : Math.min(Math.max(number, -2147483648), 2147483647);
};
const isObject = (value) => typeof value === "object" && value !== null;

// An object with exactly these members, each of which makes what it is given into what it holds.
function record(members, object = {}) {
    for (const [name, [initial, coerce]] of Object.entries(members)) {
        let current = coerce(initial);
        Object.defineProperty(object, name, {
            enumerable: true,
            get: () => current,
            set: (value) => { current = coerce(value); },
        });
    }
    return Object.preventExtensions(object);
}

// ---------------------------------------------------------------------------------------------- author

class Task {
    constructor(name, type) {
        this.uUID = host.uuid();
        this.name = text(name).trim();
        this.type = text(type).trim();
        this.priority = 50;
        this.commands = [];
        this.dependencies = [];
        // The job is completed even if an optional task fails. Flamenco does not know this member.
        this.optional = false;
        if (this.name === "" || this.type === "") {
            throw new TypeError("author.Task(name, type) needs a name and a type");
        }
        Object.preventExtensions(this);
    }

    addCommand(command) {
        if (!isObject(command)) throw new TypeError("task.addCommand(command) needs a command");
        this.commands.push(copyOfCommand(command));
    }

    addDependency(task) {
        if (!isObject(task)) throw new TypeError("task.addDependency(task) needs a task");
        this.dependencies.push(task);
    }
}

class Command {
    constructor(name, parameters, totalStepCount) {
        if (parameters !== undefined && parameters !== null && !isObject(parameters)) {
            throw new TypeError("author.Command(name, parameters) needs an object for its parameters");
        }
        this.name = text(name);
        this.parameters = Array.isArray(parameters) ? { ...parameters } : parameters ?? null;
        this.totalStepCount = int(totalStepCount);
        Object.preventExtensions(this);
    }
}

// What has been added does not change with its original any more, except for the parameters, which are shared.
const copyOfCommand = (command) => new Command(command.name, command.parameters, command.totalStepCount);

function copyOfTask(task) {
    const copy = Object.create(Task.prototype);
    copy.uUID = text(task.uUID) || host.uuid();
    copy.name = text(task.name);
    copy.type = text(task.type);
    if (copy.name === "" || copy.type === "") {
        throw new TypeError("job.addTask(task) needs a task with a name and a type");
    }
    copy.priority = int(task.priority);
    copy.commands = Array.from(task.commands ?? [], copyOfCommand);
    copy.dependencies = Array.from(task.dependencies ?? []);
    copy.optional = Boolean(task.optional);
    return Object.preventExtensions(copy);
}

const author = {
    // These are called with and without `new`.
    Task: function (name, type) { return new Task(name, type); },
    Command: function (name, parameters, totalStepCount) { return new Command(name, parameters, totalStepCount); },
};

// ---------------------------------------------------------------------------------- path, process, functions

const path = {
    basename: (path) => host.basename(text(path)),
    dirname: (path) => host.dirname(text(path)),
    join: (...parts) => host.join(parts.map(text)),
    stem: (path) => host.stem(text(path)),
};

const process = { platform: host.platform, cwd: () => host.cwd() };

function formatTimestampLocal(time) {
    if (time === undefined || time === null) return host.formatTimestamp("0001-01-01T00:00:00Z");
    if (time instanceof Date) return host.formatTimestamp(time.toISOString());
    if (typeof time === "string") return host.formatTimestamp(time);
    throw new TypeError("formatTimestampLocal(time) needs job.created, a Date or an RFC 3339 text");
}

function asJSON(value) {
    try {
        return JSON.stringify(value) ?? String(value);
    } catch {
        return String(value);
    }
}

const asText = (value) => (typeof value === "string" ? value : asJSON(value));
const logger = (level, show) => (...values) => { host.log(level, values.map((value) => show(value)).join(" ")); };
const sayInfo = logger("info", asText);
const sayWarning = logger("warn", asText);

const globals = {
    author,
    path,
    process,
    frameChunker: (range, chunkSize) => host.frameChunker(text(range), int(chunkSize)),
    frameCount: (range) => host.frameCount(text(range)),
    shellSplit: (line) => host.shellSplit(text(line)),
    formatTimestampLocal,
    print: logger("info", asJSON),
    alert: logger("warn", asJSON),
    console: { log: sayInfo, info: sayInfo, debug: sayInfo, warn: sayWarning, error: sayWarning },
    require: requireFrom(""),
};
for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
}

// --------------------------------------------------------------------------------------------- require

const ownModules = { author, path, process };
const loadedModules = new Map();

function requireFrom(folder) {
    return function require(name) {
        if (Object.hasOwn(ownModules, name)) return ownModules[name];
        const found = host.findModule(folder, text(name));
        if (!found) throw new TypeError(`Invalid module '${name}'`);
        const [file, source] = found;
        if (!loadedModules.has(file)) {
            const module = { exports: {} };
            // Known from here on, so that modules can require each other.
            loadedModules.set(file, module);
            try {
                load(module, file, source);
            } catch (error) {
                loadedModules.delete(file);
                throw error;
            }
        }
        return loadedModules.get(file).exports;
    };
}

function load(module, file, source) {
    if (file.endsWith(".json")) {
        module.exports = JSON.parse(source);
        return;
    }
    // On one line with the source's first, so that line numbers are the file's.
    const run = host.evaluate(`(function (exports, require, module) {${source}\n})`, file);
    const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : "";
    run.call(module.exports, module.exports, requireFrom(folder), module);
}

// ------------------------------------------------------------------------------------------------- job

// A Date that also answers as the reference's time objects do.
function moment(time) {
    const date = new Date(time.millis);
    const answers = { ...time.parts, toJSON: time.rfc3339, toString: time.text, isZero: false };
    for (const [name, value] of Object.entries(answers)) {
        Object.defineProperty(date, name, { value: () => value });
    }
    return date;
}

function someSettings(value) {
    if (!isObject(value) || Array.isArray(value)) throw new TypeError("job.settings needs an object");
    return value;
}

function texts(value) {
    const target = Object.fromEntries(Object.entries(value ?? {}).map(([key, value]) => [key, String(value)]));
    return new Proxy(target, {
        set: (target, key, value) => Reflect.set(target, key, String(value)),
    });
}

function someTasks(value) {
    if (!Array.isArray(value)) throw new TypeError("job.tasks needs a list");
    return value;
}

function createJob(fields) {
    const asIs = (value) => value;
    const storage = record({ shamanCheckoutID: [fields.shamanCheckoutID, text] });
    const job = {};
    Object.defineProperty(job, "addTask", {
        value: function addTask(task) {
            if (!isObject(task)) throw new TypeError("job.addTask(task) needs a task");
            job.tasks.push(copyOfTask(task));
        },
    });
    return record({
        jobID: [fields.jobID, text],
        name: [fields.name, text],
        jobType: [fields.jobType, text],
        status: ["under-construction", text],
        priority: [fields.priority, int],
        created: [moment(fields.created), asIs],
        settings: [fields.settings, someSettings],
        metadata: [fields.metadata, texts],
        storage: [storage, (value) => (value === storage ? storage : Object.assign(storage, value))],
        workerTagUUID: [fields.workerTagUUID, text],
        tasks: [[], someTasks],
    }, job);
}

// An object that is more than its members, as a value that is not: what is stored of it.
function plain(value) {
    if (value instanceof Set || value instanceof Map || Array.isArray(value)) return [...value];
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return [...value];
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return value.valueOf();
    if (typeof value.toJSON === "function") return value.toJSON();
    return { ...value };
}

return { createJob, plain };
})
