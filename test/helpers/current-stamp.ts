import { selectContent, sourceDigest } from "../../src/core/digest.ts";
import { readDigestKeys } from "../../src/core/digest-keys.ts";
import { podReferences } from "../../src/core/pod-references.ts";
import { sourceEntry } from "../../src/core/source.ts";
import { readContent } from "../../src/core/source-content.ts";
import { parseStamp, stampAnnotation } from "../../src/core/stamp.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import type { Install } from "./install.ts";

/** Tells what stamps say. */
export interface StampReader {
  /** Entries of a pod template's stamp whose value is not the digest of what is in the cluster now; all, without a stamp. */
  outdated(namespace: string, template: unknown): Promise<readonly string[]>;
}

/** Reads the digest keys as only restamp may. */
export async function createStampReader({ kube, namespace: home }: Install): Promise<StampReader> {
  const { keys } = readDigestKeys(await kube.get(`/api/v1/namespaces/${home}/secrets/restamp-keys`));
  return {
    async outdated(namespace, template) {
      const annotations = (template as { metadata?: { annotations?: Record<string, string> } }).metadata?.annotations;
      const parsed = parseStamp(annotations?.[stampAnnotation] ?? "");
      const stamp = parsed.is === "stamp" ? parsed.stamp : undefined;
      const key = keys.find(({ id }) => id === stamp?.keyId);
      const compared = podReferences(template).map(async (reference) => {
        const entry = sourceEntry(reference);
        const { kind, name } = reference;
        const object = await kube.find<KubeObject>({ apiVersion: "v1", kind, metadata: { name, namespace } });
        if (object === undefined) return stamp?.entries.get(entry) === "absent" ? [] : [entry];
        const selected = selectContent(reference, readContent(kind, object));
        const digest = key && sourceDigest(key, { kind, namespace, name }, selected);
        return digest === undefined || stamp?.entries.get(entry) !== digest ? [entry] : [];
      });
      return (await Promise.all(compared)).flat();
    },
  };
}
