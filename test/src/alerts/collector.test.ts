import t from "tap";
import { type Change, type CollectorOptions, createCollector } from "../../../src/alerts/collector.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import { exampleRestart, exampleSource } from "../../helpers/example-restart.ts";

const secret = { kind: "Secret", namespace: "shop", name: "db" } as const;
const never = 3_600_000;

function start(options: Partial<CollectorOptions> = {}) {
  const changes: Change[] = [];
  const limits = { quietMs: never, longestMs: never, maxWorkloads: 100, maxChanges: 100, ...options };
  const collector = createCollector({ onChange: (change) => void changes.push(change) }, limits);
  return { collector, changes, named: () => changes.map(({ workloads }) => workloads.map(({ name }) => name).join()) };
}

t.test("restarts with the same sources become one change, each workload once", async (t) => {
  const { collector, changes, named } = start();
  collector.add(exampleRestart("web", [exampleSource, secret]));
  collector.add(exampleRestart("cart", [secret, exampleSource]));
  collector.add(exampleRestart("web", [exampleSource, secret]));
  collector.add(exampleRestart("web", [secret]));
  t.equal(changes.length, 0);
  collector.flush();
  t.strictSame(named(), ["web,cart", "web"]);
  t.strictSame(changes[0]?.sources, [exampleSource, secret]);
  collector.flush();
  t.equal(changes.length, 2);
});

t.test("a change is handed over when it is quiet, and at the latest after a while", async (t) => {
  const { collector, named } = start({ quietMs: 30 });
  collector.add(exampleRestart());
  await waitFor(() => named().length === 1, { intervalMs: 5 });
  const busy = start({ quietMs: 200, longestMs: 400 });
  const timer = setInterval(() => busy.collector.add(exampleRestart()), 10);
  t.teardown(() => clearInterval(timer));
  await waitFor(() => busy.changes.length >= 2, { intervalMs: 5 });
});

t.test("a change of many workloads, and one change too many, are handed over at once", async (t) => {
  const { collector, named } = start({ maxWorkloads: 3, maxChanges: 2 });
  for (const name of ["a", "b", "c", "d"]) collector.add(exampleRestart(name));
  t.strictSame(named(), ["a,b,c"]);
  for (const name of ["x", "y"]) collector.add(exampleRestart(name, [{ ...secret, name }]));
  t.strictSame(named(), ["a,b,c", "d"]);
  collector.flush();
  t.strictSame(named(), ["a,b,c", "d", "x", "y"]);
});
