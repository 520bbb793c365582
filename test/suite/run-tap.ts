import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import { checkout } from "../helpers/source-imports.ts";
import { createTapProgress } from "./tap-progress.ts";

const tap = ["node_modules/.bin/tap"];
/** In a log, silence for longer than that looks like a hanging suite. */
const quietMs = 30_000;
const graceMs = 5_000;

/** The test files that tap finds with these arguments, of a folder those named `*.test.ts`; empty if there are none. */
export async function listTestFiles(args: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [...tap, "list", ...args], {
    cwd: checkout,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let output = "";
  for await (const text of child.stdout.setEncoding("utf8")) output += text;
  return output.split("\n").filter((line) => line.endsWith(".test.ts"));
}

/** What tap is run with. */
export interface TapOptions {
  readonly files: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Runs tap until it ends, and returns its exit code. At a terminal tap shows itself what it does; elsewhere there is a
 * line for each of the files. A signal to this process ends tap with all that it started: 128 + its number.
 */
export async function runTap(args: readonly string[], options: TapOptions): Promise<number> {
  const { files, env } = options;
  const showsItself = process.stdout.isTTY || args.some((arg) => /^(-R|--reporter)/.test(arg));
  const reporter = showsItself ? [] : ["--reporter=tap"];
  const child = spawn(process.execPath, [...tap, "run", ...reporter, ...args, ...files], {
    cwd: checkout,
    env,
    // A group of its own: Ctrl-C reaches this process alone, which then ends the group as a whole.
    detached: true,
    stdio: ["ignore", showsItself ? "inherit" : "pipe", "inherit"],
  });
  const ended = new Promise<number>((fulfill, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => fulfill(code ?? 128 + constants.signals[signal ?? "SIGKILL"]));
  });
  const stopped = stopOnSignal(child.pid);
  const quiet = child.stdout === null ? undefined : follow(child.stdout, files.length);
  const code = await ended;
  quiet?.();
  return stopped.code() ?? code;
}

/** Writes a line for each test file. Returns what ends it. */
function follow(output: NodeJS.ReadableStream, total: number): () => void {
  let wroteAt = Date.now();
  const write = (line: string): void => {
    wroteAt = Date.now();
    process.stdout.write(`${line}\n`);
  };
  const progress = createTapProgress({ total, write });
  createInterface({ input: output }).on("line", progress.line);
  const started = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - wroteAt < quietMs) return;
    write(`Testing: ${Math.round((Date.now() - started) / 1_000)} s, ${progress.finished()} of ${total} files done`);
  }, 1_000);
  return () => clearInterval(timer);
}

/** Passes signals on to a process group. What does not end by them is killed. */
function stopOnSignal(group: number | undefined): { code(): number | undefined } {
  let code: number | undefined;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      const isSecond = code !== undefined;
      code = 128 + constants.signals[signal];
      kill(group, isSecond ? "SIGKILL" : "SIGTERM");
      setTimeout(() => kill(group, "SIGKILL"), graceMs).unref();
    });
  }
  return { code: () => code };
}

function kill(group: number | undefined, signal: NodeJS.Signals): void {
  // It never started.
  if (group === undefined) return;
  try {
    process.kill(-group, signal);
  } catch {
    // All of it has ended.
  }
}
