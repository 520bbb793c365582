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

t.test("notControlled() groups the kinds by API group", async (t) => {
  const row = { version: "v1", templatePath: ["spec", "template"], stampable: true, builtIn: true };
  const { expression } = notControlled([
    { ...row, group: "apps", resource: "deployments", kind: "Deployment" },
    { ...row, group: "", resource: "replicationcontrollers", kind: "ReplicationController" },
    { ...row, group: "apps", resource: "daemonsets", kind: "DaemonSet" },
  ]);
  t.match(expression, "o.apiVersion.startsWith('apps/') && o.kind in ['Deployment', 'DaemonSet']");
  t.match(expression, "o.apiVersion == 'v1' && o.kind in ['ReplicationController']");
});

t.test("optedIn() looks for each key among labels and annotations", async (t) => {
  t.equal(optedIn(["a", "b"]).expression.split("||").length, 4);
});

t.test("notRestamp() compares the whole user name", async (t) => {
  t.equal(notRestamp("me").expression, "request.userInfo.username != 'me'");
});
