import { EventEmitter } from "node:events";
import t, { type Test } from "tap";
import { type Frame, runInFrame } from "../../src/frame.ts";

type Lines = Record<string, unknown>[];

function fakeProcess() {
  return Object.assign(new EventEmitter(), {
    version: "v26.0.0",
    exit: (code: number): never => {
      throw new Error(`exit ${code}`);
    },
  });
}

const options = {
  logLevel: "info",
  logFormat: "json",
  opsAddress: { host: "127.0.0.1", port: 0 },
  shutdownTimeoutMs: 5_000,
  podName: "p-0",
} as const;

/** Runs `main` in a frame whose ops server answers `probe`; the frame ends with the test. */
function inFrame(t: Test, main: (frame: Frame, probe: (path: string) => Promise<Response>) => Promise<void>) {
  const lines: Lines = [];
  const process = fakeProcess();
  const port = () => lines.find((line) => line["msg"] === "Ops server is listening")?.["port"];
  const probe = (path: string) => fetch(`http://127.0.0.1:${port()}${path}`);
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const deps = { component: "webhook", version: "1.2.3", process, warnings: ["Odd"], destination };
  const ended = runInFrame(deps, options, (frame) => main(frame, probe));
  t.teardown(() => {
    process.emit("SIGTERM", "SIGTERM");
    return ended;
  });
  return { ended, lines, process, probe };
}

t.test("runInFrame() answers probes from before the start to after the stop", async (t) => {
  const started = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<string>();
  const { ended, lines, process, probe } = inFrame(t, async (frame, probe) => {
    t.match(await (await probe("/readyz")).text(), /\[-\]startup failed: still starting/);
    await frame.lifecycle.start({
      name: "part",
      stop: async () => stopped.resolve(await (await probe("/readyz")).text()),
    });
    frame.health.addCheck("readyz", { name: "own", check: () => undefined });
    started.resolve();
  });
  await started.promise;
  const ready = await probe("/readyz?verbose");
  t.equal(ready.status, 200);
  t.match(await ready.text(), /^\[\+\]shutdown ok\n\[\+\]startup ok\n\[\+\]event-loop ok\n\[\+\]own ok\n/);
  process.emit("SIGTERM", "SIGTERM");
  t.match(await stopped.promise, /\[-\]shutdown failed: stopping/);
  t.equal(await ended, 0);
  await t.rejects(probe("/readyz"), "the ops server is gone");
  t.match(
    lines.filter(({ level }) => level === "warn"),
    [{ msg: "Odd", component: "webhook", version: "1.2.3", pod: "p-0" }, { msg: "Not ready" }, { msg: "Not ready" }],
  );
});

t.test("runInFrame() is ready at once however long the start blocked the event loop", async (t) => {
  const started = Promise.withResolvers<void>();
  const { probe } = inFrame(t, async () => {
    const end = performance.now() + 700;
    while (performance.now() < end);
    started.resolve();
  });
  await started.promise;
  const ready = await probe("/readyz?verbose");
  t.equal(ready.status, 200, await ready.text());
});

t.test("runInFrame() serves what the process registered beside the build", async (t) => {
  const started = Promise.withResolvers<void>();
  const { probe } = inFrame(t, async (frame) => {
    frame.metrics.counter({ name: "own_total", help: "Help." }, {}).inc({});
    started.resolve();
  });
  await started.promise;
  const text = await (await probe("/metrics")).text();
  t.match(text, /^own_total 1$/m);
  t.match(text, /^restamp_build_info\{version="1\.2\.3",node="v26\.0\.0"\} 1$/m);
});

t.test("runInFrame() resolves with 1 when the process cannot start", async (t) => {
  const { ended, lines } = inFrame(t, () => Promise.reject(new Error("No cluster")));
  t.equal(await ended, 1);
  t.match(
    lines.find(({ level }) => level === "error"),
    { msg: "Cannot start", err: { message: "No cluster" } },
  );
});
