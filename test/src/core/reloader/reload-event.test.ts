import t from "tap";
import {
  parseReloadedNote,
  parseReloadFailNote,
  reloadedNote,
  reloadFailNote,
} from "../../../../src/core/reloader/reload-event.ts";
import type { SourceKind } from "../../../../src/core/source.ts";

const web = { kind: "Deployment", namespace: "shop", name: "web" };

const notes: readonly [SourceKind, string][] = [
  [
    "ConfigMap",
    "Changes detected in 'app' of type 'CONFIGMAP' in namespace 'shop', Updated 'web' of type 'Deployment' in namespace 'shop'",
  ],
  [
    "Secret",
    "Changes detected in 'app' of type 'SECRET' in namespace 'shop', Updated 'web' of type 'Deployment' in namespace 'shop'",
  ],
  [
    "SecretProviderClass",
    "Changes detected in 'app' of type 'SECRETPROVIDERCLASS' in namespace 'shop', Updated 'web' of type 'Deployment' in namespace 'shop'",
  ],
];
for (const [kind, note] of notes) {
  t.test(`reloadedNote() and parseReloadedNote() of a ${kind}`, async (t) => {
    const source = { kind, namespace: "shop", name: "app" };
    t.equal(reloadedNote(source, web), note);
    t.same(parseReloadedNote(note), { source, combined: false });
    t.same(parseReloadedNote(`(combined from similar events): ${note}`), { source, combined: true });
  });
}

t.test("parseReloadedNote() leaves other sentences alone", async (t) => {
  for (const note of ["", "Scaled up", "Changes detected in 'a' of type 'CRONJOB' in namespace 'b', Updated 'c'"]) {
    t.equal(parseReloadedNote(note), undefined, note);
  }
});

t.test("parseReloadFailNote() gives the error", async (t) => {
  t.equal(parseReloadFailNote(reloadFailNote(web, "denied by policy:\nno")), "denied by policy:\nno");
  t.equal(parseReloadFailNote("Update for 'web'"), undefined);
});
