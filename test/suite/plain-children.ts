// Loaded into every test process, see .taprc. Tap follows the processes that tests start, by an option for each Node among
// them: they would start slower, need more memory, and load bin/restamp in another way than users do.
import { createRequire } from "node:module";

interface ProcessOnSpawn {
  addListener(listener: (started: { env: NodeJS.ProcessEnv }) => void): void;
}

// The package by which tap does it, where tap has it.
const require = createRequire(new URL("../../node_modules/@tapjs/processinfo/package.json", import.meta.url));
const processOnSpawn: ProcessOnSpawn = require("process-on-spawn");

// Tests hand their environment on by other ways, too: the control plane's supervisor starts programs with it.
Object.assign(process.env, { NODE_OPTIONS: withoutTap(process.env) });
// After tap's own listener: what that has added is taken away.
processOnSpawn.addListener((started) => {
  started.env = { ...started.env, NODE_OPTIONS: withoutTap(started.env) };
});

function withoutTap({ NODE_OPTIONS = "" }: NodeJS.ProcessEnv): string {
  const options = NODE_OPTIONS.match(/"[^"]*"|\S+/g) ?? [];
  return options.filter((option) => !option.includes("/@tapjs/")).join(" ");
}
