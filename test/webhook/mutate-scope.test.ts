import t from "tap";
import { parseStamp } from "../../src/core/stamp.ts";
import { deployment } from "../helpers/admission.ts";
import { admissionBench, setNamespace, testKey } from "../helpers/admission-bench.ts";

t.test("mutate() leaves alone what is not its own", async (t) => {
  const b = await admissionBench(t);
  const owner = (apiVersion: string, kind: string, controller: boolean) =>
    deployment({ metadata: { ownerReferences: [{ apiVersion, kind, name: "x", controller }] } });
  const cases = [
    { title: "a DELETE", request: { operation: "DELETE", object: null } },
    { title: "an unknown operation", request: { operation: "FROB", object: deployment() } },
    { title: "a subresource", request: { subResource: "scale", object: deployment() } },
    { title: "a Job", request: { resource: { group: "batch", resource: "jobs" }, object: deployment() } },
    { title: "what a workload controls", request: { object: owner("argoproj.io/v1alpha1", "Rollout", true) } },
    { title: "an object without a template", request: { object: { spec: { workloadRef: {} } } } },
    { title: "a namespace that cannot be", request: { namespace: "..", object: deployment() } },
    { title: "an object that is none", request: { object: "text" } },
    {
      title: "a workload that opted out",
      request: { object: deployment({ labels: { "restamp.dev/enabled": "false" } }) },
    },
  ];
  for (const { title, request } of cases) {
    t.match(
      await b.run(request),
      { outcome: "skipped", operations: [], warnings: [] },
      `mutate() leaves alone ${title}`,
    );
  }
  t.same(b.cluster.asked, [], "reads nothing for that");
  const pods = await b.run({ resource: { group: "", resource: "pods" }, object: deployment() });
  t.match(
    pods,
    { outcome: "skipped", operations: [], warnings: [/"pods" is not a kind of workload/] },
    "warns of a kind it does not know",
  );
  for (const [kind, controller] of [
    ["ShopApp", true],
    ["Rollout", false],
  ] as const) {
    const made = await b.run({ object: owner("argoproj.io/v1alpha1", kind, controller) });
    t.equal(made.outcome, "stamped", `stamps what ${kind} owns (controller: ${controller})`);
  }
});

t.test("mutate() asks for the opt-in itself", async (t) => {
  const b = await admissionBench(t);
  setNamespace(b, { labels: {} });
  const forged = await b.run({ object: deployment() });
  t.match(
    forged,
    { outcome: "skipped", operations: [], warnings: [] },
    "tells nothing of a namespace that does not take part",
  );
  const single = deployment({ labels: { "restamp.dev/enabled": "true" } });
  t.equal((await b.run({ object: single })).outcome, "stamped", "a single workload can take part");
  const wrong = await b.run({ object: deployment({ labels: { "restamp.dev/enabled": "yes" } }) });
  t.match(
    wrong,
    { outcome: "skipped", problems: 1, warnings: [/neither "true" nor "false"/] },
    "says what it cannot read",
  );
  const moved = await b.run({ object: deployment({ metadata: { namespace: "elsewhere" } }), namespace: "shop" });
  t.equal(moved.outcome, "skipped", "takes the namespace of the request, not the object's word");
  t.equal(
    (await b.run({ object: single, namespace: "gone" })).outcome,
    "skipped",
    "does nothing where there is no namespace",
  );
});

t.test("mutate() follows the annotations", async (t) => {
  const b = await admissionBench(t);
  b.put("configmaps", "flags", { data: { a: "1" } });
  b.put("configmaps", "loud", { data: { a: "1" }, metadata: { annotations: { "restamp.dev/ignore": "true" } } });
  const cases: { title: string; own?: object; namespace?: object; want: readonly string[] }[] = [
    {
      title: "extra",
      own: { "restamp.dev/extra": "configmap/flags" },
      want: ["configmap/app-config", "configmap/flags", "secret/db"],
    },
    { title: "exclude", own: { "restamp.dev/exclude": "secret/*" }, want: ["configmap/app-config"] },
    {
      title: "the Namespace's extra",
      namespace: { "restamp.dev/extra": "configmap/flags" },
      want: ["configmap/app-config", "configmap/flags", "secret/db"],
    },
    { title: "the Namespace's exclude", namespace: { "restamp.dev/exclude": "configmap/app-*" }, want: ["secret/db"] },
    {
      title: "ignore on a source",
      own: { "restamp.dev/extra": "configmap/loud" },
      want: ["configmap/app-config", "secret/db"],
    },
    {
      title: "a name pattern",
      own: { "restamp.dev/extra": "configmap/app-*" },
      want: ["configmap/app-config", "secret/db"],
    },
  ];
  for (const { title, own, namespace, want } of cases) {
    setNamespace(b, { labels: { "restamp.dev/enabled": "true" }, annotations: namespace });
    const stamp = await b.stampFor({ object: deployment({ annotations: { ...own } }) });
    t.same(entriesOf(stamp), want, `mutate() follows ${title}`);
  }
  setNamespace(b, { labels: { "restamp.dev/enabled": "true" } });
  const kept = "v1:k1-aaaaaa;configmap/app-*=PPPPPPPPPPPPPPPPPPPPPP;configmap/app-config=AAAAAAAAAAAAAAAAAAAAAA";
  const patterns = { annotations: { "restamp.dev/extra": "configmap/app-*" } };
  const update = await b.stampFor({
    object: deployment({ ...patterns, image: "cart:2" }),
    oldObject: deployment({ ...patterns, stamp: kept }),
  });
  t.match(update, /configmap\/app-\*=PPPPPPPPPPPPPPPPPPPPPP;/, "keeps the stored value of a name pattern");
  b.keys.push(testKey("k2-bbbbbb", 2));
  const former = await b.stampFor({
    object: deployment({ ...patterns, image: "cart:2" }),
    oldObject: deployment({ ...patterns, stamp: kept }),
  });
  t.match(former, /^v1:k1-aaaaaa;.*configmap\/app-\*=PPPPPPPPPPPPPPPPPPPPPP;/, "with the key that it was made with");
  const malformed = await b.run({ object: deployment({ annotations: { "restamp.dev/extra": "flags" } }) });
  t.match(
    malformed,
    { outcome: "stamped", problems: 1, warnings: [/"flags" is not "configmap\/NAME"/] },
    "warns of a bad annotation",
  );
});

function entriesOf(stamp: string | undefined): readonly string[] {
  const parsed = parseStamp(stamp ?? "");
  return parsed.is === "stamp" ? [...parsed.stamp.entries.keys()] : [];
}
