import { EventEmitter } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import type { Logger } from "../../../src/core/ports.ts";
import { createLifecycle, type Part } from "../../../src/runtime/lifecycle.ts";

function create(shutdownTimeoutMs = 10_000) {
  const steps: string[] = [];
  const messages: string[] = [];
  const note = (_fields: object, message: string) => void messages.push(message);
  const log: Logger = { debug: () => {}, info: note, warn: note, error: note };
  const process = Object.assign(new EventEmitter(), {
    exit: (code: number): never => {
      throw new Error(`exit ${code}`);
    },
  });
  const lifecycle = createLifecycle({ log, process }, { shutdownTimeoutMs });
  const part = (name: string, more: Partial<Part> = {}): Part => ({
    name,
    start: () => void steps.push(`start ${name}`),
    stop: () => void steps.push(`stop ${name}`),
    ...more,
  });
  return { lifecycle, process, steps, messages, part };
}

t.test("run() starts in order, waits for SIGTERM, stops in reverse and resolves with 0", async (t) => {
  const { lifecycle, process, steps, part, messages } = create();
  const ended = lifecycle.run(async () => {
    await lifecycle.start(part("a"));
    await lifecycle.start(part("b"));
  });
  await has(steps, "start b");
  t.strictSame(steps, ["start a", "start b"]);
  t.equal(lifecycle.signal.aborted, false);
  process.emit("SIGTERM", "SIGTERM");
  t.equal(lifecycle.signal.aborted, true);
  t.equal(await ended, 0);
  t.strictSame(steps, ["start a", "start b", "stop b", "stop a"]);
  t.strictSame(messages, ["Stopping", "Stopped"]);
  t.strictSame(process.eventNames(), [], "no listener is left behind");
});

for (const event of ["SIGINT", "SIGHUP", "disconnect"]) {
  t.test(`run() stops at ${event}`, async (t) => {
    const { lifecycle, process } = create();
    const ended = lifecycle.run(async () => {});
    process.emit(event, event);
    t.equal(await ended, 0);
  });
}

t.test("run() stops what has started when a later part cannot start, and resolves with 1", async (t) => {
  const { lifecycle, steps, messages, part } = create();
  const code = await lifecycle.run(async () => {
    await lifecycle.start(part("a"));
    await lifecycle.start(part("b", { start: () => Promise.reject(new Error("No")) }));
    await lifecycle.start(part("c"));
  });
  t.equal(code, 1);
  t.strictSame(steps, ["start a", "stop b", "stop a"]);
  t.match(messages, ["Cannot start", "Stopped"]);
});

t.test("run() takes an end during the start for what it is", async (t) => {
  const { lifecycle, process, part } = create();
  const ended = lifecycle.run(async () => {
    await lifecycle.start(part("slow", { start: (signal) => sleep(60_000, undefined, { signal }) }));
  });
  process.emit("SIGTERM", "SIGTERM");
  t.equal(await ended, 0);
});

t.test("run() does not wait for a start that does not look at the signal", async (t) => {
  const { lifecycle, process, steps, part } = create();
  const ended = lifecycle.run(async () => {
    await lifecycle.start(part("a"));
    await lifecycle.start(part("deaf", { start: () => new Promise(() => {}) }));
  });
  await has(steps, "start a");
  process.emit("SIGTERM", "SIGTERM");
  t.equal(await ended, 0);
  t.match(steps.at(-1), "stop a");
});

t.test("start() refuses once the process is stopping", async (t) => {
  const { lifecycle, process, part } = create();
  const ended = lifecycle.run(async () => {});
  process.emit("SIGTERM", "SIGTERM");
  await t.rejects(lifecycle.start(part("late")), /The process is stopping: SIGTERM/);
  await ended;
});

t.test("fail() stops the process with 1", async (t) => {
  const { lifecycle, steps, messages, part } = create();
  const ended = lifecycle.run(() => lifecycle.start(part("a")));
  await has(steps, "start a");
  lifecycle.fail(new Error("Lost"), "Lease lost");
  t.equal(await ended, 1);
  t.strictSame(steps, ["start a", "stop a"]);
  t.strictSame(messages, ["Lease lost", "Stopped"]);
});

t.test("run() goes on stopping when a part fails to stop", async (t) => {
  const { lifecycle, process, steps, messages, part } = create();
  const ended = lifecycle.run(async () => {
    await lifecycle.start(part("a"));
    await lifecycle.start(part("b", { stop: () => Promise.reject(new Error("No")) }));
  });
  await has(steps, "start b");
  process.emit("SIGTERM", "SIGTERM");
  t.equal(await ended, 0);
  t.strictSame(steps, ["start a", "start b", "stop a"]);
  t.ok(messages.includes("Part did not stop cleanly"));
});

t.test("run() gives up after the shutdown timeout and resolves with 1", async (t) => {
  const { lifecycle, process, steps, messages, part } = create(50);
  const seen: boolean[] = [];
  const ended = lifecycle.run(async () => {
    await lifecycle.start(
      part("stuck", {
        stop: (signal) => {
          signal.addEventListener("abort", () => seen.push(true));
          return new Promise(() => {});
        },
      }),
    );
  });
  await has(steps, "start stuck");
  process.emit("SIGTERM", "SIGTERM");
  t.equal(await ended, 1);
  t.strictSame(seen, [true], "the part was told that its time is up");
  t.ok(messages.includes("Stop took too long: ending by force"));
});

t.test("run() exits at once at the second signal", async (t) => {
  const { lifecycle, process, steps, part } = create(100);
  const ended = lifecycle.run(async () => {
    await lifecycle.start(part("slow", { stop: () => new Promise(() => {}) }));
  });
  await has(steps, "start slow");
  process.emit("SIGTERM", "SIGTERM");
  t.throws(() => process.emit("SIGINT", "SIGINT"), { message: "exit 130" });
  await ended;
});

/** Waits until `steps` names `step`. */
async function has(steps: readonly string[], step: string): Promise<void> {
  const signal = AbortSignal.timeout(20_000);
  while (!steps.includes(step)) await sleep(1, undefined, { signal });
}
