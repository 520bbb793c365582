import type { Bench } from "./bench.ts";
import type { Measurement } from "./measurement.ts";

/** One row of the table of scenarios. */
export interface Scenario {
  /** As given to `--only`. */
  readonly name: string;
  readonly title: string;
  /** Left out unless it is asked for by name, as it takes long: always, or with `--quick`. */
  readonly onlyByName?: "always" | "quick";
  /** Measures, and cleans up after itself. */
  readonly run: (bench: Bench) => Promise<readonly Measurement[]>;
}
