import { type DialectOptions, selectDialects } from "./dialects/select.ts";
import type { WorkloadRules } from "./policy.ts";
import { type SourceKind, sourceKinds } from "./source.ts";

/** See the options of the same names. */
export interface WorkloadRulesOptions extends DialectOptions {
  /** Milliseconds; pacing is the controller's part. @default 0 */
  readonly settleMs?: number;
  readonly minIntervalMs?: number;
  readonly granularity: "key" | "object";
  readonly resourcesToIgnore: readonly string[];
  readonly secretProviderClasses: boolean;
}

/** The rules that the options of a process come to. */
export function workloadRules(options: WorkloadRulesOptions): WorkloadRules {
  const ignored = new Set<string>(options.resourcesToIgnore);
  if (!options.secretProviderClasses) ignored.add("secretproviderclasses");
  const ignoredKinds = sourceKinds.filter(({ resource }) => ignored.has(resource)).map(({ kind }): SourceKind => kind);
  return {
    settleMs: options.settleMs ?? 0,
    minIntervalMs: options.minIntervalMs ?? 0,
    dialects: selectDialects(options),
    granularity: options.granularity,
    ignoredKinds: new Set(ignoredKinds),
  };
}
