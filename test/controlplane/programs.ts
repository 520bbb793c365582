import type { Program, Running, Supervisor } from "./supervisor.ts";

/** Programs of a test that run beside the plane. */
export interface Programs {
  run(program: Program): Promise<Running>;
  /** Has something done at the beginning of `stop`, while everything still runs. If it fails, `stop` does, at its end. */
  beforeStop(task: () => Promise<void>): void;
  /**
   * Ends these programs, a second after SIGTERM by SIGKILL, then everything else at once: it has nothing to save.
   * Further calls wait for the first.
   */
  stop(): Promise<void>;
}

/** Creates the programs of one plane. */
export function createPrograms(supervisor: Supervisor): Programs {
  const programs = new Set<Running>();
  const tasks: (() => Promise<void>)[] = [];
  let stopping: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    const done = await Promise.allSettled(tasks.map((task) => task()));
    await Promise.allSettled([...programs].map((running) => running.stop({ graceMs: 1_000 })));
    await supervisor.shutdown({ signal: "SIGKILL" });
    for (const each of done) if (each.status === "rejected") throw each.reason;
  }

  return {
    async run(program) {
      const running = await supervisor.start(program);
      programs.add(running);
      return running;
    },
    beforeStop: (task) => void tasks.push(task),
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
