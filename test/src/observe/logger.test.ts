import t from "tap";
import { createLogger, type LogOptions } from "../../../src/observe/logger.ts";

function capture(more: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: "info", format: "json", version: "1.2.3", pod: "p-0", destination, ...more });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "{}") as Record<string, unknown> };
}

t.test("createLogger() writes one JSON object a line with the standard keys", async (t) => {
  const { log, lines, last } = capture();
  log.component("webhook").info({ workload: "Deployment shop/cart" }, "Stamped");
  t.match(last(), {
    level: "info",
    version: "1.2.3",
    pod: "p-0",
    component: "webhook",
    workload: "Deployment shop/cart",
    msg: "Stamped",
  });
  t.match(last()["time"], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  t.match(lines[0], /^[^\n]+\n$/);
});

t.test("component() of a component names both, once", async (t) => {
  const { log, lines, last } = capture();
  log.component("controller").component("reflector").warn({}, "Listing again");
  t.equal(last()["component"], "controller.reflector");
  t.equal(lines[0]?.split('"component"').length, 2);
});

t.test("createLogger() leaves out what is less severe than the level", async (t) => {
  const { log, lines } = capture({ level: "warn" });
  log.debug({}, "a");
  log.info({}, "b");
  log.warn({}, "c");
  log.error({}, "d");
  t.equal(lines.length, 2);
});

t.test("createLogger() shows the stack of an error at debug only", async (t) => {
  const quiet = capture();
  quiet.log.error({ err: new Error("Broken") }, "Failed");
  t.strictSame(quiet.last()["err"], { type: "Error", message: "Broken" });
  const loud = capture({ level: "debug" });
  loud.log.error({ err: new Error("Broken") }, "Failed");
  t.match(loud.last()["err"], { stack: /logger\.test/ });
});

const applied = "kubectl.kubernetes.io/last-applied-configuration";
const careless = [
  { title: "an object's data", fields: { data: { password: "hunter2" } } },
  { title: "a Secret", fields: { secret: { data: { password: "hunter2" } } } },
  { title: "a review", fields: { review: { request: { object: { stringData: { password: "hunter2" } } } } } },
  { title: "binary data", fields: { source: { binaryData: { file: "hunter2" } } } },
  { title: "what was applied", fields: { object: { metadata: { annotations: { [applied]: "hunter2" } } } } },
  { title: "what was applied, by its metadata", fields: { metadata: { annotations: { [applied]: "hunter2" } } } },
  { title: "an error's body", fields: { err: Object.assign(new Error("Body: hunter2"), { body: "hunter2" }) } },
];
for (const { title, fields } of careless) {
  t.test(`createLogger() does not write ${title}`, async (t) => {
    const { log, lines } = capture({ level: "debug" });
    log.info(fields, "Careless");
    t.equal(lines.length, 1);
    t.notMatch(lines[0], /hunter2/);
  });
}

t.test("createLogger() writes text for a terminal", async (t) => {
  const { log, lines } = capture({ format: "text" });
  log.component("webhook").info({ days: 89 }, "Certificate reloaded");
  t.match(lines[0], /^\d\d:\d\d:\d\d\.\d{3} INFO {2}webhook: Certificate reloaded days=89\n$/);
});
