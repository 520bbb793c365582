import type { Program, Running, Supervisor } from "./supervisor.ts";

/** Programs of a test that run beside the plane. */
export interface Programs {
  run(program: Program): Promise<Running>;
  /**
   * Ends these programs, a second after SIGTERM by SIGKILL, then everything else at once: it has nothing to save.
   * Further calls wait for the first.
   */
  stop(): Promise<void>;
}

/** Creates the programs of one plane. */
export function createPrograms(supervisor: Supervisor): Programs {
  const programs = new Set<Running>();
  let stopping: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    await Promise.allSettled([...programs].map((running) => running.stop({ graceMs: 1_000 })));
    await supervisor.shutdown({ signal: "SIGKILL" });
  }

  return {
    async run(program) {
      const running = await supervisor.start(program);
      programs.add(running);
      return running;
    },
    stop() {
      stopping ??= stopAll();
      return stopping;
    },
  };
}
