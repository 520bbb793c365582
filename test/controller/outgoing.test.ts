import t from "tap";
import { createOutgoing } from "../../controller/outgoing.ts";
import type { Restarted } from "../../controller/reports.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createControllerMetrics } from "../../src/observe/controller-metrics.ts";
import { createMetricsRegistry } from "../../src/observe/metric.ts";
import { defaultOptions } from "../../src/options/load.ts";
import type { Options } from "../../src/options/table.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";
import { setProxyEnvironment, startReceiver } from "../helpers/webhook-receiver.ts";

t.before(() => setProxyEnvironment(t));

const kinds = createWorkloadKinds();
const kind = kinds.find("apps", "Deployment");
if (kind === undefined) throw new Error("There are no Deployments");

const restart: Restarted = {
  workload: readWorkload(kind, { metadata: { name: "cart", namespace: "shop" } }),
  borrower: undefined,
  what: "ConfigMap app changed",
  sources: [{ kind: "ConfigMap", namespace: "shop", name: "app", how: "changed", named: false }],
  action: "stamp",
  seconds: 1,
};

function create(options: Partial<Options<"controller">>) {
  const registry = createMetricsRegistry({ processMetrics: false });
  const { alerts } = createControllerMetrics(registry, kinds.all);
  const deps = { log: createRecordingLog(), clock: { now: () => Date.now() }, alerts };
  return { outgoing: createOutgoing(deps, defaultOptions("controller", options)), render: registry.render };
}

t.test("createOutgoing() sends nothing anywhere by default", async (t) => {
  const { outgoing } = create({});
  outgoing.listener.restarted(restart);
  outgoing.listener.failed(restart.workload);
  t.equal(outgoing.onSourceChanged, undefined);
  await outgoing.flush(1_000);
});

t.test("createOutgoing() tells an alert sink of restarts, and counts it", async (t) => {
  const receiver = await startReceiver(t);
  const { outgoing, render } = create({ alertSink: "webhook", alertUrl: receiver.url, alertPer: "workload" });
  outgoing.listener.restarted(restart);
  await outgoing.flush(10_000);
  t.match(receiver.received, [{ method: "POST", body: /ConfigMap|CONFIGMAP/ }]);
  t.match(receiver.received[0]?.body, /cart/);
  t.match(await render(), 'restamp_alerts_total{outcome="sent"} 1');
});

t.test("createOutgoing() uses the template of an alert", async (t) => {
  const receiver = await startReceiver(t);
  const options = { alertSink: "template", alertUrl: receiver.url, alertTemplate: '{"say": "{{text}}"}' } as const;
  const { outgoing } = create(options);
  outgoing.listener.restarted(restart);
  await outgoing.flush(10_000);
  t.match(receiver.received, [{ body: /^\{"say": ".*"\}$/ }]);
});

t.test("createOutgoing() refuses a template that cannot be read", async (t) => {
  const options = { alertSink: "template", alertUrl: "http://127.0.0.1:1", alertTemplate: "{{nothing}}" } as const;
  t.throws(() => create(options), { message: /^Cannot read --alert-template: / });
});

t.test("createOutgoing() posts every change of content to --webhook-url", async (t) => {
  const receiver = await startReceiver(t);
  const { outgoing } = create({ webhookUrl: receiver.url });
  outgoing.onSourceChanged?.();
  await outgoing.flush(10_000);
  t.equal(receiver.received.length, 1);
});

t.test("createOutgoing() leaves --webhook-url to Reloader while it observes", async (t) => {
  const { outgoing } = create({ webhookUrl: "http://127.0.0.1:1", mode: "observe" });
  t.equal(outgoing.onSourceChanged, undefined);
});
