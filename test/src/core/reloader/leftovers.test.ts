import t from "tap";
import { reloaderVariables } from "../../../../src/core/reloader/leftovers.ts";

const hash = "0123456789abcdef0123456789abcdef01234567";

t.test("reloaderVariables() finds what Reloader has written, and nothing else", async (t) => {
  const env = [
    { name: "STAKATER_A_CONFIGMAP", value: hash },
    { name: "STAKATER_A_CONFIGMAP", value: "mine" },
    { name: "STAKATER_URL", value: hash },
    { name: "STAKATER_B_SECRET", valueFrom: { secretKeyRef: { name: "b", key: "k" } } },
    null,
    { name: "STAKATER_B_SECRET", value: hash },
  ];
  const template = {
    spec: {
      containers: [{ name: "one" }, { name: "two", env }],
      initContainers: [{ name: "init", env: [{ name: "STAKATER_C_SECRETPROVIDERCLASS", value: hash }] }],
    },
  };
  const [two, init] = [
    { list: "containers", containerIndex: 1, container: "two", value: hash },
    { list: "initContainers", containerIndex: 0, container: "init", value: hash },
  ];
  t.strictSame(reloaderVariables(template), [
    { ...two, name: "STAKATER_A_CONFIGMAP", index: 0 },
    { ...two, name: "STAKATER_B_SECRET", index: 5 },
    { ...init, name: "STAKATER_C_SECRETPROVIDERCLASS", index: 0 },
  ]);
  for (const empty of [undefined, null, "text", {}, { spec: { containers: {} } }]) {
    t.strictSame(reloaderVariables(empty), []);
  }
});
