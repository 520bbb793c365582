import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs, promisify } from "node:util";
import { createBench } from "./bench.ts";
import { resultsChart } from "./chart.ts";
import { judge } from "./measurement.ts";
import { readPeer } from "./peers.ts";
import { resultsMarkdown, type ScenarioResult } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

// `npm run bench`: measures restamp against the floor, and peers that are given. Prints tables, writes files; asserts nothing.

const usage = `Usage: npm run bench [-- options]

Measures restamp on a real control plane: how fast a change becomes a patch, what that costs, and what it takes to be there.
The floor is what the API server itself takes: the same writes by a client that already knows what to do.

  --quick               fewer and smaller cases, in about three minutes
  --quick-soak          the soak alone, for 10 minutes instead of 30: --only=soak --quick
  --only=NAME,...       these scenarios: ${scenarios.map(({ name }) => name).join(", ")}
  --peer=NAME=PATH      measures another program as well: reloader=PATH or wave=PATH; may be given twice
  --profile             also writes a CPU profile of each restamp process, for a browser's developer tools
  --out=FOLDER          where results.json and chart.svg go (default: bench-results)
`;

const root = join(import.meta.dirname, "..", "..");

process.exitCode = await main();

async function main(): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const given = readGiven();
  if (typeof given === "string") {
    if (given === usage) process.stdout.write(given);
    else process.stderr.write(given);
    return given === usage ? 0 : 2;
  }
  const { quick, peers, chosen, profile, out } = given;
  const folder = mkdtempSync(join(tmpdir(), "restamp-bench-"));
  const start = performance.now();
  const note = (text: string): void => {
    process.stderr.write(`${((performance.now() - start) / 1_000).toFixed(0).padStart(5)} s  ${text}\n`);
  };
  try {
    note("Bundling restamp ...");
    await promisify(execFile)(process.execPath, ["build.ts", "--outdir", folder], { cwd: root });
    const flags: string[] = JSON.parse(readFileSync(join(root, "bin", "node-flags.json"), "utf8"));
    const profiling = profile ? ["--cpu-prof", `--cpu-prof-dir=${out}`] : [];
    // The functions of the sources still have their names.
    const program = [...flags, ...profiling, profile ? join(root, "src", "main.ts") : join(folder, "restamp.js")];
    const results: ScenarioResult[] = [];
    for (const { name, title, run } of chosen) {
      note(`${name}: ${title}`);
      const bench = createBench({ quick, peers, note, program, signal: interrupted.signal });
      results.push({ name, title, measurements: judge(await run(bench)) });
      // What has been measured is not lost if a later scenario fails.
      write(out, { quick, results });
    }
    process.stdout.write(`\n${header(quick)}\n\n${resultsMarkdown(results)}`);
    return 0;
  } catch (error) {
    process.stderr.write(`${(error as Error).stack}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What the command line asks for, or what to say instead. */
function readGiven() {
  try {
    const { values } = parseArgs({
      options: {
        quick: { type: "boolean", default: false },
        "quick-soak": { type: "boolean", default: false },
        only: { type: "string" },
        peer: { type: "string", multiple: true, default: [] },
        out: { type: "string", default: "bench-results" },
        profile: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help) return usage;
    const { "quick-soak": quickSoak } = values;
    const quick = values.quick || quickSoak;
    const names = quickSoak ? ["soak"] : values.only?.split(",");
    const unknown = names?.filter((name) => scenarios.every((each) => each.name !== name)) ?? [];
    if (unknown.length > 0) return `There is no scenario "${unknown.join('", "')}"; see npm run bench -- --help\n`;
    const isUsual = ({ onlyByName }: Scenario): boolean =>
      onlyByName === undefined || (onlyByName === "quick" && !quick);
    const chosen = scenarios.filter((each) => names?.includes(each.name) ?? isUsual(each));
    return {
      quick,
      peers: values.peer.map(readPeer),
      chosen,
      profile: values.profile,
      out: resolve(values.out),
    };
  } catch (error) {
    return `${(error as Error).message}; see npm run bench -- --help\n`;
  }
}

function write(out: string, run: { readonly quick: boolean; readonly results: readonly ScenarioResult[] }): void {
  mkdirSync(out, { recursive: true });
  const about = { date: new Date().toISOString(), machine: machine(), ...run };
  writeFileSync(join(out, "results.json"), `${JSON.stringify(about, undefined, 2)}\n`);
  writeFileSync(join(out, "chart.svg"), resultsChart(run.results, header(run.quick)));
}

function header(quick: boolean): string {
  const date = new Date().toISOString().slice(0, 10);
  return `${date}, ${machine()}, \`npm run bench${quick ? " -- --quick" : ""}\``;
}

function machine(): string {
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? "?"}, ${gigabytes} GiB, Node ${process.versions.node}`;
}
