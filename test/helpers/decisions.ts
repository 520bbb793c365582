import { readFileSync } from "node:fs";
import type { RestampProcess } from "./restamp-process.ts";

/** A line of the audit log of `restamp controller --log-format=json`: one decision about one workload. */
export interface LoggedDecision {
  readonly audit: "restart" | "record" | "would-restart" | "reject" | "hold";
  /** `Deployment shop/web`. */
  readonly workload: string;
  readonly changes: readonly { readonly source: string; readonly how: string }[];
  readonly what: string;
  readonly reason?: string;
}

/** All decisions that a process has logged so far, in their order. */
export function decisionsOf({ running }: Pick<RestampProcess, "running">): readonly LoggedDecision[] {
  return readFileSync(running.log, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as LoggedDecision)
    .filter(({ audit }) => audit !== undefined);
}
