//! Scripts that never end or never have enough are ended, whatever they catch, and the next script runs as ever.

use std::time::{Duration, Instant};

use serde_json::json;

use super::shop::{Shop, shop};
use crate::compiler::messages::CompileError;

fn job(body: &str) -> Shop {
    shop().file(
        "t.js",
        &format!("const JOB_TYPE = {{}}; function compileJob(job) {{ {body} }}"),
    )
}

fn hasty(shop: Shop) -> Shop {
    shop.limits(|limits| limits.time = Duration::from_millis(300))
}

fn tight(shop: Shop) -> Shop {
    shop.limits(|limits| limits.memory = 8 << 20)
}

#[track_caller]
fn over_time(shop: &Shop) {
    let error = shop.compile("t", json!({})).unwrap_err();
    assert!(matches!(error, CompileError::OverTime { .. }), "{error}");
}

#[track_caller]
fn over_memory(shop: &Shop) {
    let started = Instant::now();
    let error = shop.compile("t", json!({})).unwrap_err();
    assert!(matches!(error, CompileError::OverMemory { .. }), "{error}");
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_endless_script_is_ended() {
    for body in [
        "while (true) {}",
        "while (true) { try { while (true) {} } catch {} finally { continue; } }",
        "for (;;) try { job.nothing.nothing } catch {}",
        "(function f() { try { f() } finally { f() } })()",
        "/(a*)*b/.exec('a'.repeat(50))",
        "[3, 2, 1].sort(() => { for (;;); })",
        "function again() { Promise.resolve().then(again) } again();",
        "(async () => { for (;;) await 0; })();",
        "job.settings.x = { get y() { for (;;); } };",
        "job.metadata = new Proxy({}, { ownKeys() { for (;;); } })",
        "job.settings.toJSON = () => { for (;;); }; for (;;) JSON.stringify(job)",
        "throw { toString() { for (;;); } }",
        // A loop of the engine's own, which does not look up: it starts where numbers no longer fit into its registers.
        "[].indexOf.call({ length: 2 ** 53 - 1 }, 1, 2 ** 31)",
        "for (;;) { try { [].includes.call({ length: 2 ** 53 - 1 }, 1, 2 ** 31) } catch {} }",
        "const t = author.Task('a', 'b'); for (;;) { try { t.addDependency(5) } catch {} }",
    ] {
        over_time(&hasty(job(body)));
    }
    over_time(&hasty(shop().file("t.js", "for (;;);")));
    over_time(&hasty(
        shop().file("t.js", "const JOB_TYPE = { get label() { for (;;); } };"),
    ));
    let endless = hasty(
        shop()
            .file("a.js", "for (;;);")
            .file("t.js", "require('./a')"),
    );
    over_time(&endless);
}

#[test]
fn a_greedy_script_is_ended_even_when_it_catches() {
    for body in [
        "const all = []; for (;;) all.push(new Array(1000).fill(1));",
        "const all = []; for (;;) { try { all.push('x'.repeat(1000) + all.length) } catch {} }",
        "const all = []; for (;;) { try { for (;;) all.push({}) } catch { try { all.push({}) } catch {} } }",
        "'x'.repeat(2 ** 29)",
        "try { 'x'.repeat(2 ** 29) } catch {}",
        "new ArrayBuffer(2 ** 30)",
        "new Array(2 ** 24).fill(0)",
        "for (;;) job.addTask(author.Task('a', 'b'))",
        "const t = author.Task('a', 'b'); for (;;) t.addCommand(author.Command('x', { a: 1 }))",
        "frameChunker('1-1000000', 1)",
        "JSON.parse('[' + '1,'.repeat(1e6) + '1]')",
        "let f = () => 0; for (;;) { const g = f; f = () => g; }",
    ] {
        over_memory(&tight(job(body)));
    }
}

#[test]
fn what_is_too_deep_or_too_long_is_an_error_that_can_be_caught() {
    for body in [
        "let s = 'x'; for (;;) s += s;",
        "(function f() { f() })()",
        "const f = (x) => [x].map(f); f(1)",
        "let s = '['.repeat(1e6); JSON.parse(s)",
        "let o = {}; for (let i = 0; i < 1e6; i++) o = { o }; JSON.stringify(o)",
        "const p = { toString() { return '' + p } }; String(p)",
        "eval('('.repeat(1e5))",
    ] {
        let error = job(body).compile("t", json!({})).unwrap_err();
        assert!(
            matches!(error, CompileError::Refused { .. }),
            "{body}: {error}"
        );
    }
    assert!(
        job("try { (function f() { f() })() } catch {}")
            .compile("t", json!({}))
            .is_ok()
    );
}

#[test]
fn a_script_in_little_memory_never_harms_the_process() {
    let script = "
        const JOB_TYPE = { settings: [{ key: 'a', type: 'string', default: 'x' }] };
        const modules = require('./m');
        async function compileJob(job) {
            for (const chunk of frameChunker('1-60', 3)) {
                const task = author.Task(`render-${chunk}`, 'blender');
                task.addCommand(author.Command('c', { chunk, list: [1, 'a', { x: new Date() }], set: new Set([1]) }, 3));
                job.addTask(task);
                await modules.step(chunk);
            }
            job.settings.re = 'a1b2'.replace(/\\d/g, (d) => d + d);
        }";
    let shop = shop()
        .file("m.js", "exports.step = async (chunk) => { await null; try { return JSON.parse(`\"${chunk}\"`) } catch (e) { throw e } };")
        .file("t.js", script);
    let mut outcomes = [0, 0];
    let mut shop = shop;
    for memory in (0..500_000).step_by(1_009) {
        shop = shop.limits(|limits| limits.memory = memory);
        outcomes[usize::from(shop.compile("t", json!({})).is_ok())] += 1;
    }
    assert!(outcomes[0] > 0 && outcomes[1] > 0, "{outcomes:?}");
}

#[test]
fn a_job_may_not_have_too_many_tasks_or_too_much_text() {
    let many = job("for (let i = 0; i < 1001; i++) job.addTask(author.Task('a', 'b'))");
    assert!(matches!(
        many.compile("t", json!({})),
        Err(CompileError::TooLarge { .. })
    ));
    // One text of a megabyte in a hundred tasks is small in the script, where it is shared.
    let shared = job(
        "const p = { text: 'x'.repeat(1e6) }; for (let i = 0; i < 100; i++) { const t = author.Task('a', 'b'); t.addCommand(author.Command('c', p)); job.addTask(t); }",
    );
    assert!(matches!(
        shared.compile("t", json!({})),
        Err(CompileError::TooLarge { .. })
    ));
    let sparse = job("job.settings.a = []; job.settings.a.length = 4294967295;");
    assert!(matches!(
        sparse.compile("t", json!({})),
        Err(CompileError::TooLarge { .. })
    ));
}
