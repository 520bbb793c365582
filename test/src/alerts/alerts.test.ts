import t, { type Test } from "tap";
import type { RestartSource } from "../../../src/alerts/alert.ts";
import { type AlertOptions, createAlerts } from "../../../src/alerts/alerts.ts";
import type { SendOutcome } from "../../../src/alerts/sender.ts";
import { readAlertTemplate } from "../../../src/alerts/template.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import { exampleRestart, exampleSource } from "../../helpers/example-restart.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";
import { setProxyEnvironment, startForwardProxy, startReceiver } from "../../helpers/webhook-receiver.ts";

const secret: RestartSource = { kind: "Secret", namespace: "shop", name: "db" };

t.before(() => setProxyEnvironment(t));

async function start(t: Test, options: Partial<AlertOptions>, status = 200) {
  const receiver = await startReceiver(t, [status]);
  const log = createRecordingLog();
  const outcomes: SendOutcome[] = [];
  const clock = { now: () => Date.parse("2026-11-21T08:00:00Z") };
  const alerts = createAlerts(
    { log, clock, onOutcome: (outcome) => void outcomes.push(outcome) },
    { sink: "webhook", url: receiver.url, per: "change", timeoutMs: 5_000, ...options },
  );
  const bodies = () => receiver.received.map(({ body }) => body);
  return { alerts, receiver, log, outcomes, bodies };
}

const reloaded = "Hence reloaded *web* of type *Deployment* in namespace *shop*";
const ofApp = `Reloader detected changes in *app* of type *CONFIGMAP* in namespace *shop*. ${reloaded}`;
const ofDb = `Reloader detected changes in *db* of type *SECRET* in namespace *shop*. ${reloaded}`;

/** What Reloader would send for one Deployment and two sources, byte for byte. */
const likeReloader = {
  slack: (text: string) => `{"attachments":[{"color":"good","author_name":"Reloader","text":"prod : ${text}"}]}`,
  teams: (text: string) => `{"text":"prod : ${text}"}`,
  gchat: (text: string) => `{"text":"prod : ${text}"}`,
  webhook: (text: string) => `prod : ${text.replaceAll("*", "")}`,
};

for (const [sink, body] of Object.entries(likeReloader)) {
  t.test(`per workload, ${sink} gets one message for each source and workload, as from Reloader`, async (t) => {
    const options = { sink: sink as AlertOptions["sink"], per: "workload", additionalInfo: " prod " } as const;
    const { alerts, receiver, bodies, outcomes } = await start(t, options);
    alerts.restarted(exampleRestart("web", [exampleSource, secret]));
    await alerts.flush(5_000);
    t.strictSame(bodies().sort(), [body(ofApp), body(ofDb)]);
    t.match(receiver.received[0]?.headers, { "content-type": sink === "webhook" ? "text/plain" : "application/json" });
    t.strictSame(outcomes, ["sent", "sent"]);
  });
}

t.test("per change, one message names all workloads, without being asked for", async (t) => {
  const { alerts, bodies } = await start(t, { quietMs: 50 });
  for (const name of ["web", "cart"]) alerts.restarted(exampleRestart(name));
  await waitFor(() => bodies().length > 0);
  t.strictSame(bodies(), [
    "ConfigMap shop/app changed: restarted 2 workloads: Deployment shop/web, Deployment shop/cart",
  ]);
});

t.test("flush() sends what is still collected", async (t) => {
  const { alerts, bodies } = await start(t, { quietMs: 3_600_000 });
  alerts.restarted(exampleRestart());
  await alerts.flush(5_000);
  t.strictSame(bodies(), ["ConfigMap shop/app changed: restarted Deployment shop/web"]);
});

t.test("a template makes the body", async (t) => {
  const read = readAlertTemplate('{"roomId":"r1","markdown":"{{markdown}}","of":"{{workloads}}","at":"{{time}}"}');
  if ("problem" in read) throw new Error(read.problem);
  const { alerts, receiver, bodies } = await start(t, { sink: "template", template: read.template }, 201);
  const restart = exampleRestart();
  alerts.restarted(restart);
  await alerts.flush(5_000);
  t.match(receiver.received[0]?.headers, { "content-type": "application/json" });
  t.same(
    bodies().map((body) => JSON.parse(body)),
    [
      {
        roomId: "r1",
        markdown: "*ConfigMap shop/app* changed: restarted *Deployment shop/web*",
        of: [restart.workload],
        at: "2026-11-21T08:00:00.000Z",
      },
    ],
  );
});

t.test("what a sink does not take for success is a failure", async (t) => {
  const cases = [
    { sink: "teams", status: 202, outcome: "failed" },
    { sink: "gchat", status: 201, outcome: "failed" },
    { sink: "slack", status: 201, outcome: "sent" },
    { sink: "webhook", status: 204, outcome: "sent" },
    { sink: "webhook", status: 301, outcome: "failed" },
  ] as const;
  for (const { sink, status, outcome } of cases) {
    const { alerts, receiver, outcomes } = await start(t, { sink }, status);
    alerts.restarted(exampleRestart());
    await alerts.flush(5_000);
    t.strictSame([outcomes, receiver.received.length], [[outcome], 1], `${sink} ${status}`);
  }
});

t.test("alerts go through their proxy", async (t) => {
  const receiver = await startReceiver(t);
  const proxy = await startForwardProxy(t, { to: receiver });
  const { alerts } = await start(t, { url: "http://hooks.example/in", proxy: `http://127.0.0.1:${proxy.port}` });
  alerts.restarted(exampleRestart());
  await alerts.flush(5_000);
  t.match(proxy.proxied, [{ what: "POST http://hooks.example/in" }]);
});

t.test("none sends nothing; a sink that lacks something says so once", async (t) => {
  const cases: readonly { options: Partial<AlertOptions>; outcomes: readonly string[]; problem?: string }[] = [
    { options: { sink: "none" }, outcomes: [] },
    { options: { url: undefined }, outcomes: ["failed"], problem: "there is no URL" },
    { options: { sink: "template" }, outcomes: ["failed"], problem: "there is no template" },
  ];
  for (const { options, outcomes: expected, problem } of cases) {
    const { alerts, outcomes, bodies, log } = await start(t, options);
    alerts.restarted(exampleRestart());
    await alerts.flush(1_000);
    t.strictSame([outcomes, bodies()], [expected, []]);
    t.match(log.lines, problem === undefined ? [] : [{ level: "error", fields: { problem } }]);
  }
});
