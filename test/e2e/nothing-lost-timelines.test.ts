import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { kubeClient } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop } from "../helpers/shop.ts";
import { nextSecond, type Timeline, timeline } from "../helpers/timeline.ts";

// P2, nothing is lost: workloads of a controller without webhook, and every order in which things can happen to them.

t.setTimeout(300_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const kube = kubeClient(plane);

const existing = await openShop({ kube }, "existing");
const late = await openShop({ kube }, "late", {});
await timeline({ kube }, existing, "existed").make();
await timeline({ kube }, existing, "existed").edit("existed");
await nextSecond();
// Long enough for everything that a case does at once, so that it is looked at together.
const install = await installRestamp(plane, { controllerArgs: ["--settle=3s", "--min-interval=0s"] });
const shop = await openShop(install, "timelines");
const outside = async (labels: object) => void (await kube.patch("/api/v1/namespaces/late", { metadata: { labels } }));

interface Case {
  readonly title: string;
  /** While the controller runs. */
  readonly before?: (one: Timeline) => Promise<void>;
  /** While it does not, where it is stopped. */
  readonly meanwhile: (one: Timeline) => Promise<void>;
  /** How many template revisions there are in the end. */
  readonly want: number;
}

const withMore = (name: string) => envFrom({ configMap: name }, { configMap: `${name}-more` });

const seen: Record<string, Case> = {
  "created-changed": {
    title: "content that changes after a creation that was watched: rolled",
    before: (one) => one.make(),
    meanwhile: (one) => one.edit(),
    want: 2,
  },
  "created-changed-at-once": {
    title: "content that changes right after a creation that was watched: rolled",
    async meanwhile(one) {
      await one.createSource();
      await kube.create(shop.deployment(one.name, envFrom({ configMap: one.name })));
      await one.edit();
    },
    want: 2,
  },
  "changed-deployed": {
    title: "a template that changes after the content, which its pods then start with: not rolled again",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.edit();
      await one.deploy();
    },
    want: 2,
  },
  "deployed-changed": {
    title: "content that changes right after the template: rolled",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.deploy();
      await one.edit();
    },
    want: 3,
  },
  "deployed-reference": {
    title: "a source that the template has come to refer to: not rolled",
    async before(one) {
      await one.make();
      await one.createSource(`${one.name}-more`);
    },
    meanwhile: (one) => one.deploy(withMore(one.name)),
    want: 2,
  },
  "replaced-changed": {
    title: "a workload that is made again under its name, and its content changes: rolled",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.remove("Deployment");
      await one.createWorkload();
      await one.edit();
    },
    want: 2,
  },
};

const unseen: Record<string, Case> = {
  changed: { title: "changed content: rolled", before: (one) => one.make(), meanwhile: (one) => one.edit(), want: 2 },
  "created-changed": {
    title: "a creation, then changed content: rolled",
    async meanwhile(one) {
      await one.make();
      await one.edit();
    },
    want: 2,
  },
  created: {
    title: "a creation alone: not rolled",
    before: (one) => one.createSource(),
    meanwhile: (one) => one.createWorkload(),
    want: 1,
  },
  deployed: {
    title: "a changed template alone: not rolled again",
    before: (one) => one.make(),
    meanwhile: (one) => one.deploy(),
    want: 2,
  },
  "changed-deployed": {
    title: "changed content, then a changed template: rolled once more, as nobody knows which came first",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.edit();
      await one.deploy();
    },
    want: 3,
  },
  "deployed-changed": {
    title: "a changed template, then changed content: rolled",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.deploy();
      await one.edit();
    },
    want: 3,
  },
  "deployed-reference-changed": {
    title: "a template that comes to refer to a source, which then changes: rolled",
    async before(one) {
      await one.createSource(`${one.name}-more`);
      await one.make();
    },
    async meanwhile(one) {
      await one.deploy(withMore(one.name));
      await one.edit(`${one.name}-more`);
    },
    want: 3,
  },
  "deployed-reference": {
    title: "a template that comes to refer to a source older than the workload: not rolled again",
    async before(one) {
      await one.createSource(`${one.name}-more`);
      await nextSecond();
      await one.make();
    },
    meanwhile: (one) => one.deploy(withMore(one.name)),
    want: 2,
  },
  "source-replaced": {
    title: "a source that is deleted and made again with other content: rolled",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.remove("ConfigMap");
      await one.createSource();
    },
    want: 2,
  },
  "replaced-changed": {
    title: "a workload that is made again under its name, then changed content: rolled",
    before: (one) => one.make(),
    async meanwhile(one) {
      await one.remove("Deployment");
      await one.createWorkload();
      await one.edit();
    },
    want: 2,
  },
};

/** Runs one part of all cases at the same time. */
async function play(cases: Record<string, Case>, prefix: string, part: "before" | "meanwhile"): Promise<Timeline[]> {
  const all = Object.entries(cases).map(async ([name, one]) => {
    const owners = owned(`${prefix}-${name}`);
    await one[part]?.(owners);
    return owners;
  });
  return Promise.all(all);
}

const known = new Map<string, Timeline>();
function owned(name: string): Timeline {
  const one = known.get(name) ?? timeline(install, shop, name);
  known.set(name, one);
  return one;
}

/** Waits until no more can come, and compares. Then the next change must roll, or nothing was proved. */
async function check(t: Tap, cases: Record<string, Case>, prefix: string): Promise<void> {
  for (const [name, { want }] of Object.entries(cases)) await shop.rolled(`${prefix}-${name}`, want, 60_000);
  await shop.caughtUp();
  for (const [name, { title, want }] of Object.entries(cases)) {
    t.equal(await shop.revision(`${prefix}-${name}`), want, title);
  }
  await Promise.all(Object.keys(cases).map((name) => owned(`${prefix}-${name}`).edit()));
  for (const [name, { want }] of Object.entries(cases)) await shop.rolled(`${prefix}-${name}`, want + 1, 60_000);
}

type Tap = typeof t;

t.test("while the controller watches", async (t) => {
  await play(seen, "seen", "before");
  await shop.caughtUp();
  await play(seen, "seen", "meanwhile");
  await check(t as Tap, seen, "seen");
});

t.test("while the controller is down", async (t) => {
  await play(unseen, "unseen", "before");
  await timeline(install, late, "opted-in").make();
  await shop.caughtUp();
  await nextSecond();
  await install.controllers[0]?.running.stop();
  await play(unseen, "unseen", "meanwhile");
  await timeline(install, late, "opted-in").edit("opted-in");
  await nextSecond();
  await outside({ "restamp.dev/enabled": "true" });
  await (await install.startController()).ready();
  await check(t as Tap, unseen, "unseen");
  t.equal(await late.revision("opted-in"), 1, "a workload older than the opt-in of its namespace: adopted");
  await kube.patch(late.configMap("opted-in", {}), { data: { value: "last" } });
  await late.rolled("opted-in", 2, 60_000);
});

t.test("a workload that is older than restamp", async (t) => {
  t.equal(await existing.revision("existed"), 1, "is adopted with what is there");
  await kube.patch(existing.configMap("existed", {}), { data: { value: "last" } });
  await existing.rolled("existed", 2, 60_000);
});
