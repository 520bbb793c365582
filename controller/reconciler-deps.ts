import type { PaceLimits } from "../src/core/pacing.ts";
import type { WorkloadRules } from "../src/core/policy.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import type { SourceId } from "../src/core/source.ts";
import type { Workload } from "../src/core/workload.ts";
import type { WorkloadKind } from "../src/core/workload-kinds.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { ContentDeps } from "./evidence.ts";
import type { Ledger } from "./ledger.ts";
import type { Notices } from "./notices.ts";
import type { Reports } from "./reports.ts";
import type { Scopes } from "./scope.ts";
import type { WorkloadStore } from "./workload-store.ts";

/** What a reconciliation looks at and acts through. */
export interface ReconcilerDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly readWorkload: (kind: WorkloadKind, object: unknown) => Workload;
  readonly now: () => number;
  readonly store: WorkloadStore;
  readonly scopes: Scopes;
  readonly content: ContentDeps;
  /** Whether a change of a source was reported that has not been read yet. */
  readonly isPending: (source: SourceId) => boolean;
  readonly ledger: Ledger;
  readonly keyRing: KeyRing;
  readonly notices: Notices;
  readonly reports: Reports;
  /** When restamp's reach over a workload began, in milliseconds since the epoch. */
  readonly reachSince: (workload: Workload) => number;
  /** Whether the resourceVersions of a kind can be compared with those of what its workloads refer to. */
  readonly oneSequence: (kind: WorkloadKind) => boolean;
  /** Advances that admission put back; readiness fails while there are any. */
  readonly reverted: Set<string>;
  readonly metrics: ReconcilerMetrics;
}

/** What a reconciliation counts. */
export interface ReconcilerMetrics {
  invalidAnnotation(): void;
  unknownKey(): void;
  reverted(): void;
  /** A change of a source was followed up: nobody refers to it, or it was read and is as it was, or not. */
  sourceSeen(source: SourceId, finding: "unreferenced" | "unchanged" | "changed"): void;
  /** A source that the workload refers to has changed. */
  concerned(workload: Workload): void;
}

/** See the options of the same names. Milliseconds. */
export interface ReconcilerOptions {
  readonly settleMaxMs: number;
  readonly pace: Pick<PaceLimits, "maxIntervalMs" | "burst">;
  readonly rules: WorkloadRules;
  readonly reloadOnCreate: boolean;
  readonly reloadOnDelete: boolean;
  /** What a value of Reloader's that is older than its source means for a workload that is seen for the first time. */
  readonly adopt: "record" | "roll";
  readonly restart: RestartOptions;
  /** Whose reasons and words Events have. */
  readonly events: "restamp" | "reloader";
  /** Told of every change of content, whoever refers to it. @default not wanted */
  readonly onSourceChanged?: (() => void) | undefined;
}

/** How workloads are restarted. */
export interface RestartOptions {
  /** `observe`: decide and tell, and write nothing. */
  readonly mode: "enforce" | "observe";
  readonly reloadStrategy: "stamp" | "env-vars" | "annotations";
  readonly removeReloaderEnv: boolean;
  readonly cronJobs: "stamp" | "run";
  readonly jobs: "record" | "recreate";
  readonly rerunFinishedJobs: boolean;
  /** restamp's own. */
  readonly namespace: string;
}
