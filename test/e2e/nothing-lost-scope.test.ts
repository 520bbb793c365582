import t from "tap";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { waitFor } from "../controlplane/kube.ts";
import { installRestamp } from "../helpers/install.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";
import { ledgerEntry, nextSecond, timeline } from "../helpers/timeline.ts";

// P2, nothing is lost: leaving restamp's reach and coming back. Seen, that is a new beginning; unseen, it is downtime.

t.setTimeout(300_000);
const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const install = await installRestamp(plane, { controllerArgs: ["--settle=1s", "--min-interval=0s"] });
const { kube } = install;

/** One workload in a namespace of its own, and a way out of restamp's reach. */
interface Traveler {
  readonly shop: Shop;
  leave(): Promise<unknown>;
  /** Waits until the controller knows. */
  left(): Promise<unknown>;
  comeBack(): Promise<unknown>;
  edit(): Promise<void>;
}

const label = "restamp.dev/enabled";
type Way = "Namespace" | "workload" | "source";
const ways: readonly Way[] = ["Namespace", "workload", "source"];

async function traveler(way: Way, journey: string): Promise<Traveler> {
  const shop = await openShop(install, `${journey}-${way.toLowerCase()}`);
  const one = timeline(install, shop, "web");
  await one.createSource();
  await one.createSource("other");
  await kube.create(shop.deployment("web", envFrom({ configMap: "web" }, { configMap: "other" })));
  await shop.revision("web");
  await shop.caughtUp();
  const uid = await one.uid();
  const mark = (out: boolean): Promise<unknown> => {
    const source = { annotations: { "restamp.dev/ignore": out ? "true" : null } };
    const space = { labels: { [label]: out ? null : "true" } };
    if (way === "Namespace") return kube.patch(`/api/v1/namespaces/${shop.namespace}`, { metadata: space });
    if (way === "source") return kube.patch(shop.configMap("web", {}), { metadata: source });
    return one.mark({ labels: { [label]: out ? "false" : null } });
  };
  const isOut = async (): Promise<boolean> => (await ledgerEntry(install, uid))?.released === true;
  const describe = `the ledger to know that the ${way} has left`;
  return {
    shop,
    leave: () => mark(true),
    // Of a source, nothing is written; the controller sees them in the order of their changes.
    left: () => (way === "source" ? shop.caughtUp() : waitFor(isOut, { timeoutMs: 60_000, describe })),
    comeBack: () => mark(false),
    edit: () => one.edit(),
  };
}

/** Stops the controller, and starts another one when `meanwhile` is done. */
async function down(meanwhile: () => Promise<unknown>): Promise<void> {
  await install.controllers.at(-1)?.running.stop();
  await meanwhile();
  await (await install.startController()).ready();
}

/** A change must roll now, and what has happened before must have rolled so often. */
async function check(t: Tap, { shop, edit }: Traveler, { title, want }: { title: string; want: number }) {
  if (want > 1) await shop.rolled("web", want, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), want, title);
  await edit();
  await shop.rolled("web", want + 1, 60_000);
}

type Tap = Pick<typeof t, "equal">;
const everyone = (task: (way: Way) => Promise<void>): Promise<unknown> => Promise.all(ways.map(task));

t.test("leaving and coming back while the controller watches: adopted with what is there", async (t) => {
  await everyone(async (way) => {
    const one = await traveler(way, "seen");
    await one.leave();
    await one.left();
    await one.edit();
    await one.shop.caughtUp();
    await one.comeBack();
    await check(t, one, { title: `${way}: not rolled`, want: 1 });
  });
});

t.test("leaving and coming back while the controller is down: a change in between is rolled", async (t) => {
  const all = new Map<Way, Traveler>();
  await everyone(async (way) => void all.set(way, await traveler(way, "unseen")));
  await down(async () => {
    for (const one of all.values()) {
      await one.leave();
      await one.edit();
      await one.comeBack();
    }
  });
  await Promise.all([...all].map(([way, one]) => check(t, one, { title: `${way}: rolled once`, want: 2 })));
});

t.test("a change after coming back while the controller is down: rolled", async (t) => {
  const all = new Map<Way, Traveler>();
  await everyone(async (way) => {
    const one = await traveler(way, "halfway");
    all.set(way, one);
    await one.leave();
    await one.left();
  });
  await down(async () => {
    for (const one of all.values()) {
      await one.comeBack();
      await one.edit();
    }
  });
  await Promise.all([...all].map(([way, one]) => check(t, one, { title: `${way}: rolled once`, want: 2 })));
});

t.test("coming back while the controller is down: a change before is not rolled", async (t) => {
  const one = await traveler("Namespace", "before");
  await one.leave();
  await one.left();
  await one.edit();
  await nextSecond();
  await down(one.comeBack);
  await check(t, one, { title: "not rolled", want: 1 });
});

t.test("coming in while a required source is missing: rolled once when it is back", async (t) => {
  const shop = await openShop(install, "missing", {});
  const one = timeline(install, shop, "web");
  await one.make();
  await shop.caughtUp();
  await one.remove("ConfigMap");
  await kube.patch("/api/v1/namespaces/missing", { metadata: { labels: { [label]: "true" } } });
  const isMissed = async () => (await shop.events("web")).some(({ reason }) => reason === "SourceMissing");
  await waitFor(isMissed, { describe: "the ConfigMap to be missed", timeoutMs: 60_000 });
  await one.createSource();
  await shop.rolled("web", 2, 60_000);
  await shop.caughtUp();
  t.equal(await shop.revision("web"), 2, "its pods had started with other content");
});
