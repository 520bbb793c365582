import { currentContent } from "../../controller/evidence.ts";
import { readSource } from "../../controller/source-reader.ts";
import { entryValue } from "../../src/core/current-entry.ts";
import { isMark, readPolicy } from "../../src/core/policy.ts";
import { type SourceId, sourceKey } from "../../src/core/source.ts";
import { observeSource, type SourceState } from "../../src/core/source-state.ts";
import { formatStamp, parseStamp } from "../../src/core/stamp.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { workloadReferences } from "../../src/core/workload-references.ts";
import type { AdmissionBench } from "./admission-bench.ts";

/**
 * The stamp that the controller would write for a Deployment of a {@link AdmissionBench}, and compares with. `matching`: the
 * sources that there are, for patterns.
 */
export async function stampByController(
  { cluster, keys, rules }: AdmissionBench,
  object: object,
  matching: readonly SourceId[] = [],
): Promise<string | undefined> {
  const [key] = keys;
  const kind = createWorkloadKinds().find("apps", "Deployment");
  if (key === undefined || kind === undefined) throw new Error("The bench has no key");
  const workload = readWorkload(kind, object, (mark) => isMark(mark, rules));
  const namespace = { labels: { "restamp.dev/enabled": "true" }, annotations: {} };
  const policy = readPolicy(workload.marks, namespace, rules);
  const references = workloadReferences(workload.template?.references ?? [], policy, rules);
  const states = new Map<string, SourceState>();
  for (const { kind: of, name } of [...references.sources.values(), ...matching]) {
    const id = { kind: of, namespace: "shop", name };
    const seen = await readSource({ api: cluster.api, signal: AbortSignal.timeout(5_000), sourceRules: rules }, id);
    states.set(sourceKey(id), seen === undefined ? { is: "absent" } : observeSource(undefined, seen, undefined));
  }
  const recorded = parseStamp(workload.template?.stamp ?? "");
  const content = currentContent(
    { state: (id) => states.get(sourceKey(id)), matching: () => matching },
    { namespace: "shop", references, record: recorded.is === "stamp" ? recorded.stamp : undefined },
    key,
  );
  const entries = new Map([...(content?.entries ?? [])].map(([entry, current]) => [entry, entryValue(current)]));
  return entries.size === 0 ? undefined : formatStamp({ keyId: key.id, entries });
}
