import t from "tap";
import { notControlled, notRestamp, optedIn, templateChanged } from "../../../src/manifests/match-conditions.ts";

// What the expressions do is tried on a real API server: test/manifests/match-conditions.test.ts.

t.test("templateChanged() asks for each step of the path before it is used", async (t) => {
  const { expression } = templateChanged(["spec", "a", "template"]);
  for (const root of ["object", "oldObject"]) {
    t.match(expression, `has(${root}.spec) && has(${root}.spec.a) && has(${root}.spec.a.template)`);
  }
  t.match(expression, "object.spec.a.template != oldObject.spec.a.template");
});

t.test("templateChanged() names fields that CEL cannot select", async (t) => {
  const { expression } = templateChanged(["spec", "pod-set", "template"]);
  t.match(expression, "has(object.spec) && 'pod-set' in object.spec && has(object.spec['pod-set'].template)");
  t.match(expression, "object.spec['pod-set'].template != oldObject.spec['pod-set'].template");
});

t.test("notControlled() groups the kinds by API group", async (t) => {
  const row = {
    version: "v1",
    templatePath: ["spec", "template"],
    stampable: true,
    builtIn: true,
    custom: false,
    pausable: false,
  };
  const { expression } = notControlled([
    { ...row, group: "apps", resource: "deployments", kind: "Deployment" },
    { ...row, group: "", resource: "replicationcontrollers", kind: "ReplicationController" },
    { ...row, group: "apps", resource: "daemonsets", kind: "DaemonSet" },
  ]);
  t.match(expression, "o.apiVersion.startsWith('apps/') && o.kind in ['Deployment', 'DaemonSet']");
  t.match(expression, "o.apiVersion == 'v1' && o.kind in ['ReplicationController']");
});

t.test(
  "optedIn() looks for its own key among labels and annotations, for others on the pod template too",
  async (t) => {
    const { expression } = optedIn(["a", "b"], ["spec", "template"]);
    t.equal(expression.split("||").length, 6);
    t.match(
      expression,
      "has(object.spec.template.metadata.annotations) && 'b' in object.spec.template.metadata.annotations",
    );
  },
);

t.test("notRestamp() compares the whole user name", async (t) => {
  t.equal(notRestamp("me").expression, "request.userInfo.username != 'me'");
});
