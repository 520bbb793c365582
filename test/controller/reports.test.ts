import t from "tap";
import { createNotices } from "../../controller/notices.ts";
import { createReports, type ReportedSource, type Restarted } from "../../controller/reports.ts";
import type { EventNote } from "../../src/core/ports.ts";
import { readWorkload, type Workload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

function workload(group: string, kindName: string, name: string): Workload {
  const kind = createWorkloadKinds().find(group, kindName);
  if (kind === undefined) throw new Error(`There is no kind ${kindName}`);
  const metadata = { name, namespace: "shop", uid: `uid of ${name}` };
  return { ...readWorkload(kind, { metadata, spec: { template: {} } }), effect: `pods of ${name} are replaced` };
}

const cart = workload("apps", "Deployment", "cart");
const canary = workload("argoproj.io", "Rollout", "canary");

const app: ReportedSource = {
  ...{ kind: "ConfigMap", namespace: "shop", name: "app", how: "changed", named: false, writtenBy: "helm" },
  keys: { names: ["log.level"], count: 2 },
};
const db: ReportedSource = { kind: "Secret", namespace: "shop", name: "db", how: "appeared", named: true };
const restart: Restarted = {
  ...{ workload: cart, borrower: undefined, what: "ConfigMap app changed, Secret db appeared", action: "stamp" },
  ...{ sources: [app, db], seconds: 3.5 },
};

function create(events: "restamp" | "reloader" = "restamp") {
  const notes: EventNote[] = [];
  const heard: string[] = [];
  const log = createRecordingLog();
  const listener = (name: string) => ({
    restarted: ({ workload: { name: whose } }: Restarted) => heard.push(`${name}: restarted ${whose}`),
    failed: ({ name: whose }: Workload) => heard.push(`${name}: failed ${whose}`),
  });
  const second = { ...listener("b"), observed: (each: Restarted) => heard.push(`b: observed ${each.workload.name}`) };
  const notices = createNotices({ record: (note) => notes.push(note) });
  const reports = createReports({ notices, log, listeners: [listener("a"), second] }, { events });
  return {
    reports,
    heard,
    log,
    audits: () => log.lines.map(({ fields }) => fields["audit"]),
    told: () => notes.map(({ type, reason, note, regarding }) => `${type} ${reason} on ${regarding.name}: ${note}`),
    annotations: () => notes.map((note) => note.annotations),
  };
}

t.test("restarted() tells owners in restamp's words, once for all sources", async (t) => {
  const { reports, told, annotations, heard } = create();
  reports.restarted(restart);
  t.same(told(), ["Normal Restamped on cart: ConfigMap app changed, Secret db appeared: pods of cart are replaced"]);
  t.same(annotations(), [{ "restamp.dev/sources": "configmap/app,secret/db", "restamp.dev/waited": "3s500ms" }]);
  t.same(heard, ["a: restarted cart", "b: restarted cart"]);
});

t.test("restarted() tells owners in Reloader's words, once for each source", async (t) => {
  const { reports, told, annotations } = create("reloader");
  reports.restarted(restart);
  const [of, is] = [
    "Normal Reloaded on cart: Changes detected in",
    "Updated 'cart' of type 'Deployment' in namespace 'shop'",
  ];
  t.same(told(), [
    `${of} 'app' of type 'CONFIGMAP' in namespace 'shop', ${is}`,
    `${of} 'db' of type 'SECRET' in namespace 'shop', ${is}`,
  ]);
  t.match(annotations(), [{ "restamp.dev/sources": "configmap/app" }, { "restamp.dev/sources": "secret/db" }]);
});

t.test("restarted() is never silent: Reloader has no words for a source that is not known", async (t) => {
  const { reports, told } = create("reloader");
  reports.restarted({ ...restart, what: "Configuration changed", sources: [] });
  t.same(told(), ["Normal Restamped on cart: Configuration changed: pods of cart are replaced"]);
});

t.test("restarted() tells what an action makes of the pods", async (t) => {
  const { reports, told, log } = create();
  reports.restarted({ ...restart, action: "recreate", effect: "the Job is deleted and created again" });
  t.match(told(), [/: the Job is deleted and created again$/]);
  t.match(log.lines, [{ fields: { action: "recreate", effect: "the Job is deleted and created again" } }]);
});

t.test("restarted() tells both whose pods are replaced and who holds their template", async (t) => {
  const ours = create();
  ours.reports.restarted({ ...restart, borrower: canary });
  const what = "ConfigMap app changed, Secret db appeared";
  t.same(ours.told(), [
    `Normal Restamped on cart: ${what}: pods of cart are replaced; Rollout canary: pods of canary are replaced`,
    `Normal Restamped on canary: ${what} in the template of Deployment cart: pods of canary are replaced`,
  ]);
  const theirs = create("reloader");
  theirs.reports.restarted({ ...restart, sources: [app], borrower: canary });
  t.match(theirs.told(), [
    /Reloaded on cart: .* 'cart' of type 'Deployment'/,
    /Reloaded on canary: .* 'canary' of type 'Rollout'/,
  ]);
});

t.test("each decision is one line of the audit log", async (t) => {
  const { reports, log } = create();
  reports.restarted(restart);
  t.same(log.lines, [
    {
      level: "info",
      message: "Restart decision",
      fields: {
        audit: "restart",
        workload: "Deployment shop/cart",
        changes: [
          { source: "ConfigMap shop/app", how: "changed", writtenBy: "helm", keys: ["log.level"], changedKeys: 2 },
          { source: "Secret shop/db", how: "appeared", writtenBy: undefined },
        ],
        what: "ConfigMap app changed, Secret db appeared",
        action: "stamp",
        effect: "pods of cart are replaced",
        seconds: 3.5,
      },
    },
  ]);
  reports.recorded({ ...restart, action: "record" });
  reports.observed(restart);
  reports.held(restart, "a pause");
  reports.rejected(restart, "denied by policy");
  t.match(
    log.lines.slice(1).map(({ fields }) => fields),
    [
      { audit: "record", action: "record" },
      { audit: "would-restart", action: "stamp" },
      { audit: "hold", reason: "a pause" },
      { audit: "reject", reason: "denied by policy" },
    ],
  );
  t.ok(log.lines.every(({ fields }) => fields["workload"] === "Deployment shop/cart"));
});

t.test("recorded() restarts nothing, and says so", async (t) => {
  const { reports, told, heard } = create("reloader");
  reports.recorded({ ...restart, action: "record", effect: "used by the next run" });
  t.same(told(), [
    "Normal ConfigurationChanged on cart: ConfigMap app changed, Secret db appeared: used by the next run",
  ]);
  t.same(heard, []);
});

t.test("observed() tells what would have been", async (t) => {
  const { reports, told, annotations, heard } = create("reloader");
  reports.observed(restart);
  t.match(told(), [/^Normal WouldRestart on cart: ConfigMap app changed/]);
  t.match(annotations(), [{ "restamp.dev/sources": "configmap/app,secret/db" }]);
  t.same(heard, ["b: observed cart"]);
});

t.test("rejected() is told once for as long as it lasts, and counted each time", async (t) => {
  for (const [events, note] of [
    ["restamp", "Warning RestartRejected on cart: Cannot restart the pods: denied"],
    [
      "reloader",
      "Warning ReloadFail on cart: Update for 'cart' of type 'Deployment' in namespace 'shop' failed with error denied",
    ],
  ] as const) {
    const { reports, told, audits, heard } = create(events);
    reports.rejected(restart, "denied");
    reports.rejected(restart, "denied");
    t.same([told(), audits(), heard.length], [[note], ["reject"], 4]);
    reports.restarted(restart);
    reports.rejected(restart, "denied");
    t.equal(told().filter((each) => each === note).length, 2, "after a restart it is news");
    reports.clear(cart);
    reports.rejected(restart, "denied");
    t.equal(told().filter((each) => each === note).length, 3, "after it was over, too");
  }
});

t.test("failed() is for those who count", async (t) => {
  const { reports, told, audits, heard } = create();
  reports.failed(cart);
  t.same([told(), audits(), heard], [[], [], ["a: failed cart", "b: failed cart"]]);
});

t.test("held() is told once for each reason", async (t) => {
  const { reports, told, audits } = create();
  const hold = (reason: string, of: Restarted = restart) => reports.held(of, reason);
  for (const reason of ["pace", "pace", "pace"]) hold(reason);
  t.same(audits(), ["hold"]);
  hold("a missing source");
  hold("pace");
  t.equal(audits().length, 3, "another reason is news");
  hold("pace", { ...restart, workload: canary });
  t.equal(audits().length, 4, "of each workload");
  t.same(told(), [], "in the log alone");
});

const endings: readonly (readonly [string, (reports: ReturnType<typeof create>["reports"]) => void])[] = [
  ["was restarted", (reports) => reports.restarted(restart)],
  ["was recorded", (reports) => reports.recorded(restart)],
  ["was observed", (reports) => reports.observed(restart)],
  ["is no longer due", (reports) => reports.clear(cart)],
  ["is gone", (reports) => reports.forget(cart.uid)],
];
for (const [title, end] of endings) {
  t.test(`held() is told again after the workload ${title}`, async (t) => {
    const { reports, audits } = create();
    reports.held(restart, "pace");
    end(reports);
    reports.held(restart, "pace");
    t.equal(audits().filter((each) => each === "hold").length, 2);
  });
}
