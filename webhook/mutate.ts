import type { DigestKey } from "../src/core/digest.ts";
import { sameApartFromStamp, stampOf } from "../src/core/pod-template.ts";
import type { WorkloadRules } from "../src/core/policy.ts";
import { formatStamp, parseStamp, type Stamp } from "../src/core/stamp.ts";
import type { PatchOperation } from "../src/core/stamp-patch.ts";
import { fieldManager } from "../src/core/workload.ts";
import type { WorkloadKinds } from "../src/core/workload-kinds.ts";
import type { AdmissionOutcome } from "../src/observe/webhook-metrics.ts";
import type { AdmissionDeadline } from "./admission-deadline.ts";
import type { AdmissionRequest } from "./admission-review.ts";
import { type Subject, triage } from "./admission-subject.ts";
import { checkedPatch } from "./checked-patch.ts";
import type { ComposedStamp } from "./compose-stamp.ts";
import { type ChooseKey, freshStamp } from "./fresh-stamp.ts";
import type { LiveReads } from "./live-reads.ts";
import { isGenuine, sameEntries } from "./verify-stamp.ts";

/** What becomes of a request: it is let through, with these operations applied. */
export interface Mutation {
  readonly outcome: AdmissionOutcome;
  readonly operations: readonly PatchOperation[];
  /** One sentence each, for the user; without values and digests. */
  readonly warnings: readonly string[];
  /** How many annotations could not be understood. */
  readonly problems: number;
}

/** The digest keys, as far as an admission needs them. */
export interface AdmissionKeys {
  find(id: string): DigestKey | undefined;
  signing(): DigestKey | undefined;
  /** Looks for a key that is not known yet, in the time there is; never rejects. */
  lookUp(id: string, deadline: AdmissionDeadline): Promise<DigestKey | undefined>;
}

/** What the rules work with. */
export interface MutateDeps {
  readonly kinds: WorkloadKinds;
  readonly reads: LiveReads;
  readonly rules: WorkloadRules;
  readonly keys: AdmissionKeys;
  /** A stamp was met whose key is not known. */
  onUnknownKey?(): void;
}

/** Who the controller is. */
export interface MutateOptions {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly controllerUser: string;
  /** Workloads in these namespaces are left alone. @default none */
  readonly namespacesToIgnore?: readonly string[];
  /** `observe`: decide and count, and change nothing. @default "enforce" */
  readonly mode?: "enforce" | "observe";
}

/** Decides about one request. Never rejects, never denies. The same request has the same result as long as nothing changes. */
export type Mutate = (request: AdmissionRequest, deadline: AdmissionDeadline) => Promise<Mutation>;

/**
 * The rules of admission: a template that is stored already keeps its stored stamp, a new one gets the stamp of what its
 * sources hold at this moment, and whatever goes wrong, the stored stamp stays and the request goes through.
 */
export function createMutate(deps: MutateDeps, options: MutateOptions): Mutate {
  const ignored = new Set(options.namespacesToIgnore);
  const decide: Mutate = async (request, deadline) => {
    if (ignored.has(request.namespace)) return skipped([]);
    const found = triage(request, deps.kinds);
    if (found.is === "foreign") return skipped(found.warning === undefined ? [] : [found.warning]);
    const { subject } = found;
    if (request.username === options.controllerUser) return settle(subject, { outcome: "unchanged" });
    const same = subject.storedTemplate !== undefined && sameApartFromStamp(subject.template, subject.storedTemplate);
    return same ? carry(subject, deps, deadline) : restamp(subject, deps, deadline);
  };
  if (options.mode !== "observe") return decide;
  return async (request, deadline) => ({ ...(await decide(request, deadline)), operations: [] });
}

/** What is done where the rules themselves fail: the least that keeps an unchanged template from rolling. */
export function afterFailure(request: AdmissionRequest, kinds: WorkloadKinds): Mutation {
  const found = triage(request, kinds);
  if (found.is === "foreign") return skipped([]);
  const warnings = [`an internal error: ${consequence(found.subject)}`];
  return settle(found.subject, { outcome: "error", stamp: kept(found.subject), warnings });
}

/** The template is the stored one: its pods run on, and so does its stamp, unless the requested one is known to be true. */
async function carry(subject: Subject, deps: MutateDeps, deadline: AdmissionDeadline): Promise<Mutation> {
  const { requested, stored } = subject;
  if (requested === stored) return settle(subject, { outcome: "unchanged" });
  const asked = requested === undefined ? undefined : parseStamp(requested);
  if (asked?.is === "newer") return settle(subject, { outcome: "unchanged" });
  if (asked?.is === "stamp" && (await isAccepted(asked.stamp, subject, { deps, deadline }))) {
    return settle(subject, { outcome: "unchanged" });
  }
  // A program that sends an old stamp sends it again and again; a user wants to know why nothing happens.
  const byUser = requested !== undefined && !subject.request.username.startsWith("system:");
  return settle(subject, { outcome: "carried", stamp: { text: stored }, warnings: byUser ? [nothingRolledBack] : [] });
}

async function isAccepted(
  asked: Stamp,
  subject: Subject,
  { deps, deadline }: { deps: MutateDeps; deadline: AdmissionDeadline },
): Promise<boolean> {
  const key = await keyOf(asked, { deps, deadline });
  if (key === undefined) return false;
  const fresh = await freshStamp(subject, { ...deps, deadline, chooseKey: async () => key });
  if (fresh.is !== "fresh") return false;
  const read = subject.stored === undefined ? undefined : parseStamp(subject.stored);
  const stored = read?.is === "stamp" ? read.stamp : undefined;
  const fromController = subject.request.fieldManager === fieldManager;
  const former = stored === undefined ? undefined : deps.keys.find(stored.keyId);
  const isCurrent = stored !== undefined && former !== undefined && sameEntries(fresh.under(former), stored);
  // An undo to a revision with the same content under a former key, or in another round, would roll for nothing.
  if (isCurrent && !fromController) return false;
  return isGenuine(asked, { fresh: fresh.stamp, stored, fromController, isMatched: fresh.isMatched });
}

/** The key that a stamp was made with; it may be newer than those that are known. */
async function keyOf(
  { keyId }: Stamp,
  { deps, deadline }: { deps: MutateDeps; deadline: AdmissionDeadline },
): Promise<DigestKey | undefined> {
  return deps.keys.find(keyId) ?? (await deps.keys.lookUp(keyId, deadline));
}

/** The template is new: its pods will start with what the sources hold now. */
async function restamp(subject: Subject, deps: MutateDeps, deadline: AdmissionDeadline): Promise<Mutation> {
  const isNewer = (text: string | undefined): boolean => text !== undefined && parseStamp(text).is === "newer";
  // A later release wrote it, and will read it.
  if (isNewer(subject.requested)) return settle(subject, { outcome: "unchanged" });
  if (isNewer(subject.stored)) return settle(subject, { outcome: "carried", stamp: { text: subject.stored } });
  const chooseKey: ChooseKey = async (stored, needsStored) => {
    const former = stored === undefined ? undefined : await keyOf(stored, { deps, deadline });
    if (stored !== undefined && former === undefined) deps.onUnknownKey?.();
    return (needsStored ? former : undefined) ?? deps.keys.signing();
  };
  const fresh = await freshStamp(subject, { ...deps, deadline, chooseKey });
  const late = deadline.expired() ? "timeout" : "error";
  switch (fresh.is) {
    case "disabled":
      return skipped(fresh.problems, fresh.problems.length);
    case "failed": {
      const warnings = [...fresh.problems, `${fresh.reason}: ${consequence(subject)}`];
      return settle(subject, { outcome: late, stamp: kept(subject), warnings, problems: fresh.problems.length });
    }
    case "fresh": {
      const { stamp, problems } = fresh;
      const text = stamp.entries.size === 0 ? undefined : formatStamp(stamp);
      const same = text === subject.requested ? "unchanged" : "stamped";
      const warnings = [...problems, ...remarksOn(stamp)];
      const outcome = stamp.unread.length > 0 ? late : same;
      return settle(subject, { outcome, stamp: { text }, warnings, problems: problems.length });
    }
    default:
      return fresh satisfies never;
  }
}

/** What is to be done to a subject. Without `stamp` the requested one stands, with it the text (or none) is put there. */
interface Settlement {
  readonly outcome: AdmissionOutcome;
  readonly stamp?: { readonly text: string | undefined };
  readonly warnings?: readonly string[];
  readonly problems?: number;
}

function settle(subject: Subject, { outcome, stamp, warnings = [], problems = 0 }: Settlement): Mutation {
  const patch = stamp === undefined ? { operations: [] } : checkedPatch(subject, stamp.text);
  if ("problem" in patch) return { outcome: "error", operations: [], warnings: [...warnings, patch.problem], problems };
  return { outcome, operations: patch.operations, warnings, problems };
}

function skipped(warnings: readonly string[], problems = 0): Mutation {
  return { outcome: "skipped", operations: [], warnings, problems };
}

/** The stored stamp, where there is one; else the request is left as it is, as it would be without a webhook. */
function kept(subject: Subject): { readonly text: string | undefined } {
  return { text: subject.stored ?? stampOf(subject.template) };
}

function consequence(subject: Subject): string {
  return subject.stored === undefined
    ? "this change goes through without a new stamp, and the controller looks after it"
    : "the stored stamp is kept, and the controller looks after it";
}

const nothingRolledBack =
  "this revision differs from the current one only in the content of its configuration, which is not versioned: nothing is rolled back";

function remarksOn({ missing, unread }: ComposedStamp): readonly string[] {
  return [
    ...missing.map((what) => `${what} does not exist: pods cannot start until it is created`),
    ...unread.map(
      ({ what, reason, kept }) =>
        `could not read ${what}: ${reason}; ${kept ? "its stamp is kept" : "its content is recorded later"}`,
    ),
  ];
}
