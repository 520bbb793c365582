import fc from "fast-check";
import { reloaderDeletedHash } from "../../src/core/reloader/content-hash.ts";
import type { ReloadedSource, ReloadStrategy, StrategyWrite } from "../../src/core/reloader/strategy-plan.ts";
import type { SourceKind } from "../../src/core/source.ts";

/** What could be a hash, by number. */
export const hashOf = (digit: number): string => String(digit).repeat(40);
/** A variable as a pod template has it. */
export const variable = (name: string, value: string) => ({ name, value });
/** A change of a source in the namespace `shop`. */
export const changeOf = (kind: SourceKind, name: string, hash: string): ReloadedSource => ({
  ...{ kind, name, hash },
  namespace: "shop",
  named: false,
});

/** A write at a fixed time. */
export function writeOf(
  strategy: ReloadStrategy,
  changes: readonly ReloadedSource[],
  more: Partial<StrategyWrite> = {},
): StrategyWrite {
  return { strategy, changes, observedAt: 1_700_000_000, removeLeftovers: false, ...more };
}

/** A template of containers, the last of which takes ConfigMap `app` and Secret `db`. */
export function podTemplate(...containers: readonly object[]) {
  const envFrom = [{ configMapRef: { name: "app" } }, { secretRef: { name: "db" } }];
  const last = containers.at(-1);
  return { spec: { containers: [...containers.slice(0, -1), ...(last === undefined ? [] : [{ ...last, envFrom }])] } };
}

const hash = fc.constantFrom(hashOf(1), hashOf(2), hashOf(3));
const names = ["app", "foo.bar", "foo-bar"] as const;
const variableName = fc.constantFrom(
  ...["STAKATER_APP_CONFIGMAP", "STAKATER_FOO_BAR_CONFIGMAP", "STAKATER_APP_SECRET", "STAKATER_URL", "MINE", "YOURS"],
);
const env = fc.array(fc.record({ name: variableName, value: fc.oneof(hash, fc.constant("mine")) }), { maxLength: 5 });
const source = fc.constantFrom(...names);
const envFrom = fc.array(
  fc.oneof(
    source.map((name) => ({ configMapRef: { name } })),
    source.map((name) => ({ secretRef: { name } })),
  ),
  { maxLength: 2 },
);
const container = fc.record(
  { name: fc.constantFrom("one", "two", "three"), env, envFrom },
  { requiredKeys: ["name", "envFrom"] },
);

/** Pod templates with variables of Reloader's and others. */
export const templates = fc.record(
  {
    metadata: fc.record({ annotations: fc.dictionary(fc.constantFrom("a", "b"), fc.string()) }, { requiredKeys: [] }),
    spec: fc.record({
      containers: fc.array(container, { minLength: 1, maxLength: 3 }),
      initContainers: fc.array(container, { maxLength: 1 }),
    }),
  },
  { requiredKeys: ["spec"] },
);

const change = fc.record({
  kind: fc.constantFrom("ConfigMap" as const, "Secret" as const),
  namespace: fc.constant("shop"),
  name: source,
  hash: fc.oneof(hash, fc.constant(reloaderDeletedHash)),
  named: fc.boolean(),
});

/** Any write for such a template. */
export const writes: fc.Arbitrary<StrategyWrite> = fc.record({
  strategy: fc.constantFrom("stamp" as const, "env-vars" as const, "annotations" as const),
  changes: fc.array(change, { maxLength: 4 }),
  observedAt: fc.nat(),
  removeLeftovers: fc.boolean(),
  keep: fc.constantFrom([], [{ kind: "ConfigMap" as const, name: "app" }]),
});
