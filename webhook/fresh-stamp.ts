import type { Marks } from "../src/core/dialects/dialect.ts";
import { keys } from "../src/core/dialects/restamp.ts";
import type { DigestKey } from "../src/core/digest.ts";
import { podReferences } from "../src/core/pod-references.ts";
import { isMark, type Policy, readPolicy, type WorkloadRules } from "../src/core/policy.ts";
import { isToldByPods } from "../src/core/source.ts";
import { parseStamp, type Stamp } from "../src/core/stamp.ts";
import { readMarks } from "../src/core/workload.ts";
import { isNamedByPattern, type WorkloadReferences, workloadReferences } from "../src/core/workload-references.ts";
import type { AdmissionDeadline } from "./admission-deadline.ts";
import type { Subject } from "./admission-subject.ts";
import { type ComposedStamp, composeStamp, needsStored, type ReadSource, type StampParts } from "./compose-stamp.ts";
import type { LiveReads } from "./live-reads.ts";

/** What the present content of a workload's sources comes to. */
export type FreshStamp =
  | {
      readonly is: "fresh";
      readonly stamp: ComposedStamp;
      /** The same content in terms of another key. */
      readonly under: (key: DigestKey) => ComposedStamp;
      /** Whether an entry is about a source that only a pattern names: only the controller knows what is true of it. */
      readonly isMatched: (entry: string) => boolean;
      readonly problems: readonly string[];
    }
  /** The workload does not take part: nothing about its sources may be told. */
  | { readonly is: "disabled"; readonly problems: readonly string[] }
  /** Nothing is known, for the reason given in words. */
  | { readonly is: "failed"; readonly reason: string; readonly problems: readonly string[] };

/** Chooses the key of a stamp. `needsStored`: values of the stored stamp are wanted in it. */
export type ChooseKey = (stored: Stamp | undefined, needsStored: boolean) => Promise<DigestKey | undefined>;

/** Reads everything that a workload refers to, and its Namespace, at once, and makes the stamp of it. Never rejects. */
export async function freshStamp(
  subject: Subject,
  how: {
    readonly reads: LiveReads;
    readonly rules: WorkloadRules;
    readonly deadline: AdmissionDeadline;
    readonly chooseKey: ChooseKey;
  },
): Promise<FreshStamp> {
  const { rules } = how;
  const marks = readMarks(subject.request.object, (key) => isMark(key, rules), subject.kind.templatePath);
  // The workload's own word comes first: what it says in a Namespace that takes part, it says anywhere.
  const own = readPolicy(marks, takingPart, rules);
  const { problems } = own;
  if (!own.enabled) return { is: "disabled", problems };
  const template = podReferences(subject.template);
  if (template.length > mostSources) {
    return { is: "failed", reason: `the pod template refers to more than ${mostSources} sources`, problems };
  }
  const reader = createSourceReader(subject, how);
  // What the Namespace may add or take away is known later; most of it is known now.
  reader.begin(workloadReferences(template, own, rules));
  const namespace = await how.reads.namespace(subject.request.namespace, how.deadline);
  if (namespace.is === "absent") return { is: "disabled", problems };
  if (namespace.is === "unknown") {
    return { is: "failed", reason: `could not read the Namespace: ${namespace.reason}`, problems };
  }
  const policy = readPolicy(marks, namespace.marks, rules);
  if (!policy.enabled) return { is: "disabled", problems: policy.problems };
  return compose(await reader.read(workloadReferences(template, policy, rules)), {
    subject,
    policy,
    chooseKey: how.chooseKey,
  });
}

async function compose(
  parts: Required<StampParts>,
  { subject, policy, chooseKey }: { subject: Subject; policy: Policy; chooseKey: ChooseKey },
): Promise<FreshStamp> {
  const { problems } = policy;
  const { isMatched } = parts;
  if (parts.sources.length + parts.patterns.length === 0)
    return { is: "fresh", stamp: emptyStamp, under: () => emptyStamp, isMatched, problems };
  const read = subject.stored === undefined ? undefined : parseStamp(subject.stored);
  const stored = read?.is === "stamp" ? read.stamp : undefined;
  const key = await chooseKey(stored, needsStored(parts));
  if (key === undefined) return { is: "failed", reason: "there is no digest key yet", problems };
  const [first] = parts.sources;
  if (first?.state.is === "unknown" && parts.sources.every(({ state }) => state.is === "unknown")) {
    return {
      is: "failed",
      reason: `could not read ${first.id.kind} "${first.id.name}": ${first.state.reason}`,
      problems,
    };
  }
  const under = (other: DigestKey): ComposedStamp => composeStamp(parts, other, stored);
  return { is: "fresh", stamp: under(key), under, isMatched, problems };
}

/** Reads each source once, all at the same time. */
function createSourceReader(subject: Subject, { reads, deadline }: { reads: LiveReads; deadline: AdmissionDeadline }) {
  const begun = new Map<string, Promise<ReadSource>>();

  async function readOne(entry: string, reference: ReadSource["reference"]): Promise<ReadSource> {
    const id = { kind: reference.kind, namespace: subject.request.namespace, name: reference.name };
    return { entry, id, reference, matchedOnly: false, state: await reads.source(id, deadline) };
  }

  function begin({ sources }: WorkloadReferences): void {
    for (const [entry, reference] of sources) {
      if (!isToldByPods(reference) && !begun.has(entry)) begun.set(entry, readOne(entry, reference));
    }
  }

  return {
    begin,
    async read(references: WorkloadReferences): Promise<Required<StampParts>> {
      begin(references);
      const wanted = [...references.sources].map(async ([entry, reference]) => {
        const read = await begun.get(entry);
        // The Namespace may have changed how much of it counts.
        return read === undefined ? [] : [{ ...read, reference, matchedOnly: references.matchedOnly.has(entry) }];
      });
      const toldByPods = [...references.sources].flatMap(([entry, each]) => (isToldByPods(each) ? [entry] : []));
      const patterns = [...references.patterns.keys(), ...toldByPods];
      const isMatched = (entry: string): boolean => isNamedByPattern(references, entry);
      return { sources: (await Promise.all(wanted)).flat(), patterns, isMatched };
    },
  };
}

/** More could not be read in time; only a forged review names so many. */
const mostSources = 1_000;

const emptyStamp: ComposedStamp = { keyId: "", entries: new Map(), missing: [], unread: [] };

const takingPart: Marks = { labels: { [keys.enabled]: "true" }, annotations: {} };
