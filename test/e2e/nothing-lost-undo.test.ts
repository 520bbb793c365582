import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { createStampReader } from "../helpers/current-stamp.ts";
import { installRestamp } from "../helpers/install.ts";
import { openShop } from "../helpers/shop.ts";
import { type Timeline, timeline } from "../helpers/timeline.ts";

// P2, nothing is lost: `kubectl rollout undo` brings back a template, and perhaps pods of then, but no content.

t.setTimeout(300_000);

interface Case {
  readonly title: string;
  /** Each step ends when the workload has so many template revisions. */
  readonly steps: readonly (readonly [step: (one: Timeline) => Promise<void>, revision: number])[];
  /** Whether the stamp must say what is there now; the ledger may do so too where the template had that content. */
  readonly stamped: boolean;
}

const edit = (one: Timeline): Promise<void> => one.edit();
const deploy = (one: Timeline): Promise<void> => one.deploy();
const undoTo = (revision: number) => (one: Timeline) => one.undo(revision);
/** Within the settle window: the pods of the new template start with the new content. */
async function editAndDeploy(one: Timeline): Promise<void> {
  await one.edit();
  await one.deploy();
}

const alone: Record<string, Case> = {
  restart: {
    title: "an undo of a restart is rolled again",
    steps: [
      [edit, 2],
      [undoTo(1), 4],
    ],
    stamped: true,
  },
  "older-deploy": {
    title: "an undo of a deploy to a template from before the change is rolled again",
    steps: [
      [editAndDeploy, 2],
      [undoTo(1), 4],
    ],
    stamped: true,
  },
  "older-stamp": {
    title: "an undo to a template whose stamp is from before the change is rolled again",
    steps: [
      [edit, 2],
      [editAndDeploy, 3],
      [undoTo(2), 5],
    ],
    stamped: true,
  },
  "same-content": {
    title: "an undo to a template that had the current content is not rolled again",
    steps: [
      [edit, 2],
      [deploy, 3],
      [undoTo(2), 4],
    ],
    stamped: true,
  },
  unchanged: {
    title: "an undo without any change of content is not rolled again",
    steps: [
      [deploy, 2],
      [undoTo(1), 3],
    ],
    stamped: false,
  },
};

const withWebhook: Record<string, Case> = {
  restart: {
    title: "an undo of a restart does nothing, as nothing but content would be undone",
    steps: [
      [edit, 2],
      [undoTo(1), 2],
    ],
    stamped: true,
  },
  "older-deploy": {
    title: "an undo to a template from before the change is stamped afresh in the same request",
    steps: [
      [deploy, 2],
      [edit, 3],
      [undoTo(1), 4],
    ],
    stamped: true,
  },
};

for (const { webhook, cases } of [
  { webhook: "none", cases: alone },
  { webhook: "self-managed", cases: withWebhook },
] as const) {
  t.test(webhook === "none" ? "without the webhook" : "with the webhook", { timeout: 300_000 }, async (t) => {
    const plane = await startControlPlane({ controllerManager: true });
    t.teardown(() => plane.stop());
    const controllerArgs = ["--settle=3s", "--min-interval=0s"];
    const install = await installRestamp(plane, { webhook, controllerArgs });
    const shop = await openShop(install, "undo");
    const { outdated } = await createStampReader(install);

    async function play(name: string, { steps, stamped, title }: Case): Promise<void> {
      const one = timeline(install, shop, name);
      await one.make();
      for (const [step, revision] of steps) {
        await shop.caughtUp();
        await step(one);
        await shop.rolled(name, revision, 60_000);
        await shop.caughtUp();
        t.equal(await shop.revision(name), revision, `${title}: revision ${revision}`);
      }
      const { template } = (await shop.get(name)).spec;
      if (stamped) t.same(await outdated("undo", template), [], `${title}: the stamp says what is there now`);
      await one.edit();
      await shop.rolled(name, (steps.at(-1)?.[1] ?? 0) + 1, 60_000);
    }

    await Promise.all(Object.entries(cases).map(([name, one]) => play(name, one)));
  });
}
