import type { Test } from "tap";
import type { Install } from "./install.ts";
import { unpaced } from "./reloader-install.ts";
import { leading, type RestampProcess } from "./restamp-process.ts";

/** Runs `restamp reloader` with Reloader's flags until the test ends, or until it is stopped; returns when it leads. */
export async function runReloader(t: Test, install: Install, ...flags: readonly string[]): Promise<RestampProcess> {
  const controller = await install.startController([...unpaced, ...flags]);
  t.teardown(() => controller.running.stop());
  await controller.ready();
  await leading(controller);
  return controller;
}
