import { hostname } from "node:os";

/** What the process was started with. This is the only place that reads it. */
export interface ProcessInput {
  /** The arguments after the program's name, the sub-command first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly hostname: string;
  /** Columns of the terminal; 100 if the output goes elsewhere. */
  readonly columns: number;
}

/** Reads it. */
export function readProcessInput(): ProcessInput {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    hostname: hostname(),
    columns: process.stdout.columns ?? 100,
  };
}
