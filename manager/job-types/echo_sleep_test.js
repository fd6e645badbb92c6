// A job that needs no Blender: one task says something, then others sleep. For trying out a farm.

const JOB_TYPE = {
    label: "Echo Sleep Test",
    settings: [
        { key: "message", type: "string", required: true },
        { key: "sleep_duration_seconds", type: "int32", default: 1 },
        { key: "sleep_repeats", type: "int32", default: 1 },
    ],
};

function compileJob(job) {
    const { message, sleep_duration_seconds, sleep_repeats } = job.settings;

    const echo = author.Task("echo", "misc");
    echo.addCommand(author.Command("echo", { message }));
    job.addTask(echo);

    for (let turn = 0; turn < sleep_repeats; turn++) {
        const sleep = author.Task("sleep", "misc");
        sleep.addCommand(author.Command("sleep", { duration_in_seconds: sleep_duration_seconds }));
        sleep.addDependency(echo);
        job.addTask(sleep);
    }
}
