import { asArray, asObject, asString, at, type Json, type JsonObject } from "./json.ts";
import { isObjectName, type SourceKind, sourceEntry } from "./source.ts";

/** One key that a workload names explicitly, and who reads it (nobody, when it is only mounted and must exist). */
export interface KeySelection {
  readonly key: string;
  /** Read as an environment variable: from `data` only. */
  readonly env: boolean;
  /** Read as a file: from `data` or `binaryData`. */
  readonly file: boolean;
  /** Whether pods can start without it. */
  readonly optional: boolean;
}

/** What a pod template uses of one source. */
export interface SourceReference {
  readonly kind: SourceKind;
  readonly name: string;
  /** Whether pods can start without the source: every reference to it is optional. */
  readonly optional: boolean;
  /** `envFrom`: every key of `data`. */
  readonly allEnv: boolean;
  /** A whole volume: every key of `data` and `binaryData`, or all that a class of the Secrets Store CSI driver mounts. */
  readonly allFiles: boolean;
  /** Keys named explicitly, sorted; also when `allEnv` or `allFiles` covers them, as they may be required. */
  readonly keys: readonly KeySelection[];
}

/**
 * What a pod template refers to: volumes, projected volumes, `env` and `envFrom` of containers, init containers and
 * sidecars, the Secrets that volume drivers read when a pod starts, and the classes of the Secrets Store CSI driver. Sorted
 * by entry, one row a source.
 *
 * A volume that no container mounts is nobody's: the kubelet skips it, and pods start without what it names.
 * `imagePullSecrets` are not configuration: a running container never reads them again. Names that no object can have
 * are left out. Never throws, whatever the template holds.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
 */
export function podReferences(template: unknown): readonly SourceReference[] {
  const spec = at(template, ["spec"]);
  const found = new Collector();
  const containers = [...asArray(at(spec, ["initContainers"])), ...asArray(at(spec, ["containers"]))];
  for (const container of containers) environmentOf(container, found);
  for (const volume of asArray(at(spec, ["volumes"]))) volumeOf(asObject(volume), containers, found);
  return found.references();
}

/** One use of a source; without `key` the whole of it. */
interface Use {
  readonly kind: SourceKind;
  readonly name: Json | undefined;
  readonly key?: string;
  /** `presence`: nothing reads it, but pods do not start without it. */
  readonly as: "env" | "file" | "presence";
  readonly optional: boolean;
  /** A key that may be missing though its source may not. @default `optional` */
  readonly keyOptional?: boolean;
}

interface Draft {
  readonly kind: SourceKind;
  readonly name: string;
  optional: boolean;
  allEnv: boolean;
  allFiles: boolean;
  readonly keys: Map<string, { env: boolean; file: boolean; optional: boolean }>;
}

class Collector {
  readonly #drafts = new Map<string, Draft>();

  add(use: Use): void {
    if (typeof use.name !== "string" || !isObjectName(use.name)) return;
    const { kind, name } = use;
    const entry = sourceEntry({ kind, name });
    const draft = this.#drafts.get(entry) ?? {
      kind,
      name,
      optional: true,
      allEnv: false,
      allFiles: false,
      keys: new Map(),
    };
    this.#drafts.set(entry, draft);
    draft.optional &&= use.optional;
    if (use.key === undefined) {
      if (use.as === "env") draft.allEnv = true;
      if (use.as === "file") draft.allFiles = true;
      return;
    }
    const key = draft.keys.get(use.key) ?? { env: false, file: false, optional: true };
    draft.keys.set(use.key, {
      env: key.env || use.as === "env",
      file: key.file || use.as === "file",
      optional: key.optional && (use.keyOptional ?? use.optional),
    });
  }

  references(): readonly SourceReference[] {
    return [...this.#drafts.entries()].sort(byEntry).map(([, draft]) => ({
      ...draft,
      keys: [...draft.keys.entries()].sort(byEntry).map(([key, selection]) => ({ key, ...selection })),
    }));
  }
}

/** Bytewise order; names and keys are ASCII, so code units are bytes. */
function byEntry(left: readonly [string, unknown], right: readonly [string, unknown]): number {
  return left[0] < right[0] ? -1 : 1;
}

function environmentOf(container: Json, found: Collector): void {
  for (const from of asArray(at(container, ["envFrom"]))) {
    for (const [field, kind] of [
      ["configMapRef", "ConfigMap"],
      ["secretRef", "Secret"],
    ] as const) {
      const ref = asObject(asObject(from)[field]);
      found.add({ kind, name: ref["name"], as: "env", optional: ref["optional"] === true });
    }
  }
  for (const variable of asArray(at(container, ["env"]))) {
    for (const [field, kind] of [
      ["configMapKeyRef", "ConfigMap"],
      ["secretKeyRef", "Secret"],
    ] as const) {
      const ref = asObject(at(variable, ["valueFrom", field]));
      const key = asString(ref["key"]);
      if (key !== undefined) found.add({ kind, name: ref["name"], key, as: "env", optional: ref["optional"] === true });
    }
  }
}

/** Volume sources that make the kubelet or a driver read a whole Secret when the pod starts: path of its name. */
const driverSecrets: readonly (readonly string[])[] = [
  ["csi", "nodePublishSecretRef", "name"],
  ["azureFile", "secretName"],
  ["cephfs", "secretRef", "name"],
  ["cinder", "secretRef", "name"],
  ["flexVolume", "secretRef", "name"],
  ["iscsi", "secretRef", "name"],
  ["rbd", "secretRef", "name"],
  ["scaleIO", "secretRef", "name"],
  ["storageos", "secretRef", "name"],
];

function volumeOf(volume: JsonObject, containers: readonly Json[], found: Collector): void {
  const mounts = mountsOf(volume["name"], containers);
  if (mounts.length === 0) return;
  const subPaths = subPathsOf(mounts);
  // Whatever the driver is called: forks and managed clusters have names of their own.
  const className = at(volume, ["csi", "volumeAttributes", "secretProviderClass"]);
  found.add({ kind: "SecretProviderClass", name: className, as: "file", optional: false });
  for (const path of driverSecrets) {
    found.add({ kind: "Secret", name: at(volume, path), as: "file", optional: false });
  }
  const configMap = asObject(volume["configMap"]);
  filesOf({ kind: "ConfigMap", source: configMap, name: configMap["name"], subPaths }, found);
  const secret = asObject(volume["secret"]);
  filesOf({ kind: "Secret", source: secret, name: secret["secretName"], subPaths }, found);
  for (const projection of asArray(at(volume, ["projected", "sources"]))) {
    for (const [field, kind] of [
      ["configMap", "ConfigMap"],
      ["secret", "Secret"],
    ] as const) {
      const source = asObject(asObject(projection)[field]);
      filesOf({ kind, source, name: source["name"], subPaths }, found);
    }
  }
}

function filesOf(
  volume: { kind: SourceKind; source: JsonObject; name: Json | undefined; subPaths: readonly string[] | undefined },
  found: Collector,
): void {
  const use = {
    kind: volume.kind,
    name: volume.name,
    as: "file",
    optional: volume.source["optional"] === true,
  } as const;
  const items = asArray(volume.source["items"]);
  const { subPaths } = volume;
  if (items.length === 0) {
    if (subPaths === undefined || subPaths.some((path) => path.includes("/"))) found.add(use);
    // The kubelet makes an empty directory where the key of a subPath is missing: such a key is never required.
    else for (const key of subPaths) found.add({ ...use, key, keyOptional: true });
    return;
  }
  for (const item of items) {
    const key = asString(asObject(item)["key"]);
    const path = asString(asObject(item)["path"]);
    if (key === undefined || path === undefined) continue;
    const used = subPaths === undefined || subPaths.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
    found.add({ ...use, key, as: used ? "file" : "presence" });
  }
}

/** How containers mount a volume. A block device (`volumeDevices`) holds no files, but its driver's Secrets are read. */
function mountsOf(volume: Json | undefined, containers: readonly Json[]): readonly JsonObject[] {
  return containers
    .flatMap((container) => [...asArray(at(container, ["volumeMounts"])), ...asArray(at(container, ["volumeDevices"]))])
    .map(asObject)
    .filter((mount) => mount["name"] === volume);
}

/** The subPaths by which all containers mount a volume, or `undefined` when one mounts the whole. */
function subPathsOf(mounts: readonly JsonObject[]): readonly string[] | undefined {
  const paths: string[] = [];
  for (const mount of mounts) {
    const path = asString(mount["subPath"])?.replace(/\/+$/, "") ?? "";
    // Parts that mean nothing ("", ".") are legal: the whole is the safe reading of a path that would have to be cleaned.
    if (/(^|\/)\.?(\/|$)/.test(path) || mount["subPathExpr"] !== undefined) return undefined;
    paths.push(path);
  }
  return paths;
}
