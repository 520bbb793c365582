// Loaded into every test process, see .taprc. Tap follows the processes that tests start, by an option for each Node among
// them: they would start slower, need more memory, and load bin/restamp in another way than users do.
import { createRequire } from "node:module";

interface ProcessOnSpawn {
  addListener(listener: (started: { env: NodeJS.ProcessEnv }) => void): void;
}

// The package by which tap does it, where tap has it.
const require = createRequire(new URL("../../node_modules/@tapjs/processinfo/package.json", import.meta.url));
const processOnSpawn: ProcessOnSpawn = require("process-on-spawn");

// After tap's own listener: what that has added is taken away.
processOnSpawn.addListener((started) => {
  const { NODE_OPTIONS = "", ...env } = started.env;
  const options = NODE_OPTIONS.match(/"[^"]*"|\S+/g) ?? [];
  const others = options.filter((option) => !option.includes("/@tapjs/")).join(" ");
  started.env = others === "" ? env : { ...env, NODE_OPTIONS: others };
});
