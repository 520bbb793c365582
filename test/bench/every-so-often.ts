import { setTimeout as sleep } from "node:timers/promises";

/**
 * Begins something so many times a second, whether the one before has ended or not (an open loop), and waits for all of it.
 * Returns how long each took, in ms, from when it was due.
 */
export async function everySoOften(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  task: (index: number) => Promise<unknown>,
): Promise<readonly number[]> {
  const start = performance.now();
  const running: Promise<number>[] = [];
  for (let index = 0; index < perSecond * seconds; index++) {
    const due = start + (index * 1_000) / perSecond;
    const waitMs = due - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    running.push(task(index).then(() => performance.now() - due));
  }
  return Promise.all(running);
}
