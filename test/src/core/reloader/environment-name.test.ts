import fc from "fast-check";
import t from "tap";
import {
  reloaderEnvironmentName,
  reloaderVariableKind,
  sourcesOfVariable,
} from "../../../../src/core/reloader/environment-name.ts";

const kinds = ["ConfigMap", "Secret", "SecretProviderClass"] as const;

t.test("reloaderEnvironmentName() is Reloader's", async (t) => {
  const golden = [
    { kind: "ConfigMap", name: "my-config", want: "STAKATER_MY_CONFIG_CONFIGMAP" },
    { kind: "ConfigMap", name: "www.stakater.com", want: "STAKATER_WWW_STAKATER_COM_CONFIGMAP" },
    { kind: "Secret", name: "foo.bar", want: "STAKATER_FOO_BAR_SECRET" },
    { kind: "Secret", name: "foo-bar", want: "STAKATER_FOO_BAR_SECRET" },
    { kind: "Secret", name: "a--.-b1", want: "STAKATER_A_B1_SECRET" },
    { kind: "SecretProviderClass", name: "vault", want: "STAKATER_VAULT_SECRETPROVIDERCLASS" },
    // No object is called so, but the rule says what would come of it.
    { kind: "ConfigMap", name: "-a-", want: "STAKATER_A__CONFIGMAP" },
  ] as const;
  for (const { kind, name, want } of golden) t.equal(reloaderEnvironmentName(kind, name), want);
});

t.test("reloaderVariableKind() knows what reloaderEnvironmentName() made, and nothing else", async (t) => {
  const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9.]{0,20}[a-z0-9])?$/);
  fc.assert(
    fc.property(fc.constantFrom(...kinds), name, (kind, text) => {
      return reloaderVariableKind(reloaderEnvironmentName(kind, text)) === kind;
    }),
  );
  for (const other of [
    "STAKATER_A",
    "STAKATER_CONFIGMAP",
    "A_CONFIGMAP",
    "STAKATER_a_CONFIGMAP",
    "STAKATER_A_SECRETS",
  ]) {
    t.equal(reloaderVariableKind(other), undefined, other);
  }
});

t.test("sourcesOfVariable() finds every source that shares the name", async (t) => {
  const sources = [
    { kind: "ConfigMap", name: "foo.bar" },
    { kind: "ConfigMap", name: "foo-bar" },
    { kind: "Secret", name: "foo-bar" },
  ] as const;
  t.strictSame(sourcesOfVariable("STAKATER_FOO_BAR_CONFIGMAP", sources), sources.slice(0, 2));
  t.strictSame(sourcesOfVariable("STAKATER_OTHER_SECRET", sources), []);
});
