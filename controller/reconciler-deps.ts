import type { PaceLimits } from "../src/core/pacing.ts";
import type { ApiClient, Logger } from "../src/core/ports.ts";
import type { Workload } from "../src/core/workload.ts";
import type { KeyRing } from "../src/kube/key-ring.ts";
import type { ContentDeps } from "./evidence.ts";
import type { Ledger } from "./ledger.ts";
import type { Notices } from "./notices.ts";
import type { Scopes } from "./scope.ts";
import type { WorkloadStore } from "./workload-store.ts";

/** What a reconciliation looks at and acts through. */
export interface ReconcilerDeps {
  readonly api: ApiClient;
  readonly log: Logger;
  readonly now: () => number;
  readonly store: WorkloadStore;
  readonly scopes: Scopes;
  readonly content: ContentDeps;
  readonly ledger: Ledger;
  readonly keyRing: KeyRing;
  readonly notices: Notices;
  /** When restamp's reach over a workload began, in milliseconds since the epoch. */
  readonly reachSince: (workload: Workload) => number;
  /** Whether resourceVersions of different kinds of object can be compared. */
  readonly oneSequence: () => boolean;
  /** Advances that admission put back; readiness fails while there are any. */
  readonly reverted: Set<string>;
  readonly metrics: ReconcilerMetrics;
}

/** What a reconciliation counts. */
export interface ReconcilerMetrics {
  invalidAnnotation(): void;
  unknownKey(): void;
  reverted(): void;
  /** A stamp was advanced; `seconds` since the first event of the change, where that was seen. */
  rolled(kind: string, seconds: number | undefined): void;
}

/** See the options of the same names. Milliseconds. */
export interface ReconcilerOptions {
  readonly settleMaxMs: number;
  readonly pace: Pick<PaceLimits, "maxIntervalMs" | "burst">;
}
