import t from "tap";
import { configMaps } from "../../../src/core/object-ref.ts";
import type { KubernetesObject } from "../../../src/kube/kubernetes-object.ts";
import { createDelivery } from "../../../src/kube/reflector-delivery.ts";
import { createRecordingHandler } from "../../helpers/recording-handler.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";

const object = (resourceVersion: string): KubernetesObject => ({
  metadata: { namespace: "shop", name: "web", uid: "u1", resourceVersion },
});

t.test("createDelivery() leaves out an event of a version that is known, unread, and nothing else", async (t) => {
  const recording = createRecordingHandler();
  const handler = {
    ...recording,
    knows: ({ resourceVersion }: { resourceVersion?: string }) => resourceVersion === "7",
  };
  const read: (string | undefined)[] = [];
  const project = (each: KubernetesObject): KubernetesObject => {
    read.push(each.metadata?.resourceVersion);
    return each;
  };
  const delivery = createDelivery({ watched: { resource: configMaps }, project, handler, log: createRecordingLog() });
  delivery.event("modified", object("7"));
  t.same(read, []);
  delivery.event("modified", object("8"));
  delivery.item(object("7"));
  delivery.event("deleted", object("7"));
  t.same(read, ["8", "7", "7"]);
  t.same(recording.calls, ["modified shop/web", "item shop/web", "deleted shop/web"]);
});
