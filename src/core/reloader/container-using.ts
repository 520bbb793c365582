import { asArray, asString, at, type Json } from "../json.ts";
import type { SourceKind } from "../source.ts";

/** What a container of a pod template may use. */
export interface UsedSource {
  readonly kind: SourceKind;
  readonly name: string;
  /** The workload names the source itself: it need not refer to it. */
  readonly named: boolean;
}

/** Where kinds of source stand in a volume (or in one source of a projected volume), and in variables. */
const places: Readonly<
  Record<
    SourceKind,
    { readonly volumes: readonly (readonly string[])[]; readonly env?: string; readonly envFrom?: string }
  >
> = {
  ConfigMap: { volumes: [["configMap", "name"]], env: "configMapKeyRef", envFrom: "configMapRef" },
  // A volume calls it `secretName`, a projection `name`.
  Secret: {
    volumes: [
      ["secret", "secretName"],
      ["secret", "name"],
    ],
    env: "secretKeyRef",
    envFrom: "secretRef",
  },
  SecretProviderClass: { volumes: [["csi", "volumeAttributes", "secretProviderClass"]] },
};

/**
 * The index in `spec.containers` of the container in which Reloader notes a change of the source: the first that mounts
 * its volume, else the first that has variables of it. What only init containers use is noted in the first container, and
 * so is what is only named. `undefined` where nothing uses it: Reloader then does not act.
 *
 * Reloader looks at the first volume of a source only. The others are looked at last, so that whatever it finds is found here.
 */
export function containerUsing(template: unknown, source: UsedSource): number | undefined {
  const spec = at(template, ["spec"]);
  const containers = asArray(at(spec, ["containers"]));
  const initContainers = asArray(at(spec, ["initContainers"]));
  if (containers.length === 0) return undefined;
  const [first, ...others] = asArray(at(spec, ["volumes"])).flatMap((volume) => volumeName(volume, source));
  const tests: readonly ((container: Json) => boolean)[] = [
    (container) => mounts(container, first),
    (container) => hasVariables(container, source),
    ...others.map((volume) => (container: Json) => mounts(container, volume)),
  ];
  for (const uses of tests) {
    const index = containers.findIndex(uses);
    if (index >= 0) return index;
    if (initContainers.some(uses)) return 0;
  }
  return source.named ? 0 : undefined;
}

/** The name of the volume if it holds the source, as a list of at most one. */
function volumeName(volume: Json, { kind, name }: UsedSource): readonly string[] {
  const parts = [volume, ...asArray(at(volume, ["projected", "sources"]))];
  const isHeld = parts.some((part) => places[kind].volumes.some((path) => at(part, path) === name));
  return isHeld ? [asString(at(volume, ["name"])) ?? ""] : [];
}

function mounts(container: Json, volume: string | undefined): boolean {
  if (volume === undefined) return false;
  return asArray(at(container, ["volumeMounts"])).some((mount) => at(mount, ["name"]) === volume);
}

function hasVariables(container: Json, { kind, name }: UsedSource): boolean {
  const { env, envFrom } = places[kind];
  if (env === undefined || envFrom === undefined) return false;
  return (
    asArray(at(container, ["env"])).some((variable) => at(variable, ["valueFrom", env, "name"]) === name) ||
    asArray(at(container, ["envFrom"])).some((from) => at(from, [envFrom, "name"]) === name)
  );
}
