import { join } from "node:path";
import t from "tap";
import { createComputedDefaults, type Surroundings } from "../../../src/options/pod-identity.ts";

const file = join(t.testdir({ namespace: "mounted\n" }), "namespace");

const cases: { title: string; surroundings: Partial<Surroundings>; want: object }[] = [
  {
    title: "prefers the downward API",
    surroundings: { env: { POD_NAMESPACE: "moved" }, namespaceFile: file },
    want: { text: "moved", source: "environment POD_NAMESPACE" },
  },
  {
    title: "reads the ServiceAccount's namespace",
    surroundings: { env: { POD_NAMESPACE: "" }, namespaceFile: file },
    want: { text: "mounted", source: "service account" },
  },
  {
    title: "asks the kubeconfig",
    surroundings: { kubeconfigNamespace: async (path) => `of-${path}` },
    want: { text: "of-k", source: "kubeconfig" },
  },
  {
    title: "falls back if the kubeconfig cannot be read",
    surroundings: { kubeconfigNamespace: () => Promise.reject(new Error("broken")) },
    want: { text: "restamp-system", source: "default" },
  },
  { title: "falls back if nobody knows", surroundings: {}, want: { text: "restamp-system", source: "default" } },
];
for (const { title, surroundings, want } of cases) {
  t.test(`createComputedDefaults() namespace ${title}`, async (t) => {
    const computed = createComputedDefaults(withDefaults(surroundings));
    t.strictSame(await computed.namespace({ command: "webhook", kubeconfig: "k" }), want);
  });
}

t.test("createComputedDefaults() namespace of manifests does not depend on where they are printed", async (t) => {
  const computed = createComputedDefaults(withDefaults({ env: { POD_NAMESPACE: "moved" } }));
  t.match(await computed.namespace({ command: "manifests", kubeconfig: undefined }), { text: "restamp-system" });
});

t.test("createComputedDefaults() pod-name is the Pod's, else the host's", async (t) => {
  const context = { command: "webhook", kubeconfig: undefined } as const;
  const inPod = createComputedDefaults(withDefaults({ env: { POD_NAME: "p-0" } }));
  t.match(await inPod["pod-name"](context), { text: "p-0" });
  t.match(await createComputedDefaults(withDefaults({}))["pod-name"](context), { text: "host" });
});

function withDefaults(given: Partial<Surroundings>): Surroundings {
  const nowhere = join(t.testdirName, "missing");
  return { env: {}, hostname: "host", kubeconfigNamespace: async () => undefined, namespaceFile: nowhere, ...given };
}
