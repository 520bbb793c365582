import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { claim, type Stage } from "./stage.ts";

/** One step of the story. */
export interface Step {
  readonly title: string;
  /** What happens and why, for somebody who knows what came before. */
  readonly text: string;
  /** Lets it happen and shows it. Throws if the cluster does not do what the text says. */
  play(stage: Stage): Promise<void>;
}

const file = (name: string): string => relative(process.cwd(), join(import.meta.dirname, name));
const shown = "-n shop get replicasets,pods";
/** Twice as long as restamp waits for quiet by default (--settle). */
const quietMs = 6_000;

/** What restamp does, told with one application. */
export const story: readonly Step[] = [
  {
    title: "An application, and a label",
    text: `"cart" takes an environment variable from a ConfigMap and others from a Secret; "search" uses neither. The label
      restamp.dev/enabled on their namespace is all that restamp needs.`,
    async play(stage) {
      await stage.kubectl(`apply -f ${file("shop.yaml")}`);
      const cart = await stage.rolledOut("cart", 1);
      const search = await stage.rolledOut("search", 1);
      await stage.kubectl(shown);
      const is = [cart.rollouts, search.rollouts];
      claim(stage.screen, "One ReplicaSet each: nothing was deployed twice", { is, should: [1, 1] });
    },
  },
  {
    title: "The stamp",
    text: `The webhook wrote into cart's pod template which content its pods run with, in the request that created it: the
      format, the id of restamp's own digest key, then one digest made with that key for each ConfigMap and Secret that
      the template names (its "sources"). A digest shows that something changed, never what it says. "search" uses
      nothing, so it has no stamp.`,
    async play(stage) {
      const path = "{.spec.template.metadata.annotations.restamp\\.dev/stamp}";
      const stamp = await stage.kubectl(`-n shop get deployment cart -o jsonpath='${path}'`);
      const [, ...entries] = stamp.split(";");
      const is = [...entries.map((entry) => entry.split("=")[0]), await stage.stamp("search")];
      const should = ["configmap/cart-config", "secret/cart-db", undefined];
      claim(stage.screen, "cart's stamp names its two sources", { is, should });
    },
  },
  {
    title: "A ConfigMap is edited",
    text: `Nobody touches the Deployment. restamp sees the change, waits for three seconds of quiet in case more changes
      follow, and advances cart's stamp. That changes the pod template, so Kubernetes replaces the pods, with a rolling
      update as after any other deploy.`,
    async play(stage) {
      const before = { cart: await stage.look("cart"), search: await stage.look("search") };
      await stage.kubectl(`-n shop patch configmap cart-config -p '{"data":{"log.level":"debug"}}'`);
      const cart = await stage.rolledOut("cart", 2);
      await stage.kubectl(shown);
      const kept = cart.pods.filter((name) => before.cart.pods.includes(name));
      claim(stage.screen, "cart was rolled once, and all its pods are new", {
        is: { rollouts: cart.rollouts, kept },
        should: { rollouts: 2, kept: [] },
      });
      claim(stage.screen, "search has the pod it had before", {
        is: await stage.look("search"),
        should: before.search,
      });
    },
  },
  {
    title: "Why the pods were replaced",
    text: `The workload says it itself: kubectl describe shows this Event. It names the changed key, since cart's pod
      template names that key too; of other keys it would say how many. A value is never named.`,
    async play(stage) {
      const columns = "-o custom-columns=REASON:.reason,OBJECT:.involvedObject.name,MESSAGE:.message";
      const recorded = stage.kube.waitFor(eventsPath, hasItems, { describe: "the Event", timeoutMs: 30_000 });
      await stage.screen.during("Waiting for the Event", recorded);
      const events = await stage.kubectl(`-n shop get events --field-selector reason=Restamped ${columns}`);
      const told = 'ConfigMap cart-config (key "log.level") changed';
      claim(stage.screen, "The Event says what changed", { is: events.includes(told), should: true });
    },
  },
  {
    title: "A release: ConfigMap, Secret and image at once",
    text: `This is what helm upgrade, kubectl apply -f or a GitOps sync do: they write the sources, and a moment later the
      workload with its new image. The new image replaces the pods anyway. A tool that only watches ConfigMaps and
      Secrets would replace them again for each of the two. Here the webhook stamps the new template with the new
      content in the same request, so the controller finds nothing left to do.`,
    async play(stage) {
      const search = await stage.look("search");
      const started = Date.now();
      await stage.kubectl(`apply -f ${file("release-2.yaml")}`);
      stage.screen.output(`All three within ${Date.now() - started} ms.`);
      await stage.rolledOut("cart", 3);
      await stage.screen.during("Watching for another rollout", sleep(quietMs));
      await stage.kubectl("-n shop rollout history deployment/cart");
      const is = { cart: (await stage.look("cart")).rollouts, search: await stage.look("search") };
      claim(stage.screen, "One release, one rollout; search was left alone", { is, should: { cart: 3, search } });
    },
  },
];

const eventsPath = "/api/v1/namespaces/shop/events?fieldSelector=reason%3DRestamped";

function hasItems({ items }: { readonly items: readonly unknown[] }): boolean {
  return items.length > 0;
}
