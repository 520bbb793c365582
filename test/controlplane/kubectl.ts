import { spawn } from "node:child_process";

/** Runs kubectl and returns its standard output; fails with its standard error. */
export function runKubectl(command: string, args: readonly string[], stdin = ""): Promise<string> {
  return new Promise((fulfill, reject) => {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let problems = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
      problems += chunk;
    });
    // A kubectl that ends without reading is reported by its exit.
    child.stdin.on("error", () => undefined).end(stdin);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const words = args.filter((arg) => !arg.startsWith("--kubeconfig=")).join(" ");
      if (code === 0) fulfill(output);
      else reject(new Error(`"kubectl ${words}" failed (${signal ?? `code ${code}`}): ${problems.trim()}`));
    });
  });
}
