// npm run demo: restamp's main job on a real control plane, told as a story.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildParts } from "../controlplane/build.ts";
import { type ControlPlane, neededModules, startControlPlane } from "../controlplane/control-plane.ts";
import { installRestamp } from "../helpers/install.ts";
import { farewell } from "./farewell.ts";
import { createScreen, type Screen } from "./screen.ts";
import { createStage } from "./stage.ts";
import { story } from "./story.ts";

const help = `Shows what restamp does, on a real Kubernetes control plane of its own on 127.0.0.1.

Usage:
  npm run demo              plays the story, then stays up to be tried out, until Ctrl-C
  npm run demo -- --exit    ends after the story; the exit code says whether it came true

The first run builds the control plane, which takes about 10 minutes on two cores and needs Go 1.26. Later runs take
about a minute. Nothing is left behind.
`;

const flags = { exit: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
const parts = { kwok: { nodes: 2 }, certManager: true } as const;

process.exit(await main(process.argv.slice(2), createScreen(process.stdout)));

async function main(args: string[], screen: Screen): Promise<number> {
  const values = readFlags(args);
  if (values === undefined || values.help === true) {
    (values === undefined ? process.stderr : process.stdout).write(help);
    return values === undefined ? 2 : 0;
  }
  screen.title("restamp: pods run the configuration they were deployed with");
  await buildParts(neededModules(parts), { progress: (line) => screen.output(line) });
  const stopping = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => stopping.abort(signal));
  return demo(screen, { signal: stopping.signal, staysUp: values.exit !== true });
}

function readFlags(args: string[]) {
  try {
    return parseArgs({ args, options: flags }).values;
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n`);
    return undefined;
  }
}

/** Returns the exit code: 0 if the story came true, 1 if not, 128 + the signal's number if it was cut short. */
async function demo(screen: Screen, how: { readonly signal: AbortSignal; readonly staysUp: boolean }): Promise<number> {
  const logs = mkdtempSync(join(tmpdir(), "restamp-demo-"));
  try {
    await play(screen, { ...how, logs });
  } catch (error) {
    if (!how.signal.aborted) {
      process.stderr.write(`\n${(error as Error).message}\nThe logs of all programs are in ${logs}\n`);
      return 1;
    }
    rmSync(logs, { recursive: true, force: true });
    return 128 + constants.signals[how.signal.reason as NodeJS.Signals];
  }
  rmSync(logs, { recursive: true, force: true });
  return 0;
}

async function play(
  screen: Screen,
  { signal, staysUp, logs }: { readonly signal: AbortSignal; readonly staysUp: boolean; readonly logs: string },
): Promise<void> {
  const starting = startControlPlane({ ...parts, logs, signal });
  const plane = await screen.during("Starting a Kubernetes control plane", starting);
  try {
    const text = await unlessStopped(tell(plane, screen), signal);
    if (!staysUp) return;
    screen.title("Your turn");
    process.stdout.write(`${text}\n`);
    await stop(signal);
  } finally {
    await screen.during("Stopping everything", plane.stop());
  }
}

/** Tells the story; returns how to go on from there. */
async function tell(plane: ControlPlane, screen: Screen): Promise<string> {
  const installing = installRestamp(plane, { webhook: "cert-manager", controllers: 2 });
  const install = await screen.during("Installing restamp with manifests/overlays/release", installing);
  screen.text(about(plane));
  const stage = createStage({ plane, screen });
  for (const [index, { title, text, play }] of story.entries()) {
    screen.title(`${index + 1}. ${title}`);
    screen.text(text);
    await play(stage);
  }
  return farewell({ plane, install });
}

function about({ url }: ControlPlane): string {
  return `This is a real API server (${url}) with etcd, controller-manager, scheduler and cert-manager. Only the nodes are
    fake (KWOK): their pods become Ready without running anything. restamp was installed from its own manifests: two
    controllers, of which one leads, and a webhook whose certificate cert-manager has issued. Its processes run on this
    machine instead of in pods, under the ServiceAccounts of the manifests.`;
}

async function unlessStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stopped = stop(signal).then(() => {
    throw new Error("The demo was stopped");
  });
  return Promise.race([work, stopped]);
}

/** Resolves when the reader has had enough. */
async function stop(signal: AbortSignal): Promise<void> {
  const alive = setInterval(() => undefined, 60_000);
  if (!signal.aborted) await once(signal, "abort");
  clearInterval(alive);
}
