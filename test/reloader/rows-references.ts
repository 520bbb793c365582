import type { CompatibilityTable } from "./row.ts";

const references = "test/reloader/references.test.ts";
const classes = "test/reloader/secret-provider-classes.test.ts";
const annotations = "test/reloader/annotations.test.ts";

/** Section 1.2: what counts as a use of a source. */
export const referencesRows: CompatibilityTable = {
  subject: "References",
  rows: [
    {
      feature: "A volume of a ConfigMap or Secret that a container mounts",
      verdict: "same",
      test: { file: references, title: "a volume of a ConfigMap" },
    },
    {
      feature: "A projected volume that a container mounts",
      verdict: "same",
      test: { file: references, title: "a projected volume" },
    },
    {
      feature: "A CSI volume with a `secretProviderClass`, whatever its driver is called",
      verdict: "same",
      test: { file: classes, title: "whatever the driver is called" },
    },
    {
      feature: "`env` with `configMapKeyRef` and `secretKeyRef`",
      verdict: "same",
      test: { file: references, title: "env of single keys" },
    },
    { feature: "`envFrom`", verdict: "same", test: { file: references, title: "envFrom" } },
    { feature: "Optional references", verdict: "same", test: { file: references, title: "optional references" } },
    {
      feature: "The same in init containers; the variable goes to the first container",
      verdict: "same",
      test: { file: references, title: "what an init container uses has its variable in the first container" },
    },
    { feature: "The same in native sidecars", verdict: "same", test: { file: references, title: "a sidecar" } },
    {
      feature: "`subPath`, `items` and single keys count like the whole object: a key that nobody reads restarts pods",
      verdict: "better",
      note: "Only the keys that the workload uses count. `--granularity=object` counts all.",
      test: { file: references, title: "a mount of one key by subPath" },
    },
    {
      feature: "`subPathExpr` counts like the whole object",
      verdict: "same",
      test: { file: references, title: "a mount by subPathExpr" },
    },
    {
      feature: "Any key of an object that is used, with `--granularity=object`",
      verdict: "same",
      test: { file: references, title: "--granularity=object: any key" },
    },
    {
      feature: "A volume that no container mounts does not count",
      verdict: "same",
      test: { file: references, title: "a volume that no container mounts" },
    },
    {
      feature: "`volumeDevices` do not count",
      verdict: "same",
      test: { file: references, title: "a block device" },
    },
    {
      feature: "Of two volumes of one source only the first counts: if only the second is mounted, changes are missed",
      verdict: "better",
      note: "Every volume that is mounted counts.",
      test: { file: references, title: "two volumes of a ConfigMap, of which the second is mounted" },
    },
    {
      feature: "`imagePullSecrets` do not count",
      verdict: "same",
      test: { file: references, title: "imagePullSecrets" },
    },
    {
      feature: "Secrets of a ServiceAccount and of an Ingress do not count",
      verdict: "same",
      test: { file: references, title: "Secrets of the ServiceAccount" },
    },
    {
      feature: "`csi.nodePublishSecretRef` does not count",
      verdict: "better",
      note: "The driver reads it when a pod starts: its change counts. `secrets.exclude.reloader.stakater.com/reload` leaves it out.",
      test: { file: references, title: "csi.nodePublishSecretRef" },
    },
    {
      feature: "The Secrets of flexVolume, azureFile, cephfs, rbd, iscsi and scaleIO volumes do not count",
      verdict: "better",
      note: "They count, for the same reason.",
      test: { file: references, title: "flexVolume" },
    },
    {
      feature: "Ephemeral containers do not count",
      verdict: "same",
      test: { file: references, title: "ephemeral containers are not part of a template" },
    },
    {
      feature: "Sources of other namespaces do not count",
      verdict: "same",
      test: { file: annotations, title: "sources of another namespace are others" },
    },
    {
      feature: "A source that is read through the API counts where an annotation names it",
      verdict: "same",
      test: { file: annotations, title: "a name that is not used" },
    },
  ],
};
