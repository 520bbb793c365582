import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isAlive } from "./processes.ts";

/** One program to be run beside the control plane. */
export interface Program {
  /** Unique among what runs; also names the log file. */
  readonly name: string;
  /** Absolute path of the binary. */
  readonly command: string;
  readonly args: readonly string[];
  /** @default the owner's environment */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** How to stop a program. */
export interface StopOptions {
  /** The first signal. @default "SIGTERM" */
  readonly signal?: NodeJS.Signals;
  /** After this time without an exit comes SIGKILL. @default 5000 */
  readonly graceMs?: number;
}

/** How a program ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A program that was started. */
export interface Running {
  readonly name: string;
  readonly pid: number;
  /** Path of the file that takes its output. */
  readonly log: string;
  /** Set once it has ended, for whatever reason. */
  exit(): Exit | undefined;
  /** Waits until it has ended, for whatever reason. */
  exited(): Promise<Exit>;
  /** Ends it and waits until it is gone; does nothing if it is. */
  stop(options?: StopOptions): Promise<void>;
}

/** What the supervising process can be told to do. */
export type OrderBody =
  | {
      readonly do: "start";
      name: string;
      command: string;
      args: readonly string[];
      env: NodeJS.ProcessEnv;
      log: string;
    }
  | { readonly do: "stop"; name: string; signal: NodeJS.Signals; graceMs: number }
  | { readonly do: "shutdown"; signal: NodeJS.Signals; graceMs: number };

/** Message to the supervising process. */
export type Order = OrderBody & { readonly id: number };

/** What became of an order. */
export interface Reply {
  readonly id: number;
  readonly pid?: number;
  readonly error?: string;
}

/** Message from the supervising process. */
export type Answer = Reply | ({ readonly exited: string } & Exit);

/** File in a plane's folder that holds the pids: of the supervising process, then of each program. */
export const pidFile = "pids";

/** Runs programs through a process of its own, which kills them all when this process ends in whatever way. */
export class Supervisor {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #logs: string;
  readonly #answers = new Map<number, (answer: Reply) => void>();
  readonly #exits = new Map<string, (exit: Exit) => void>();
  readonly #pids = new Map<string, number>();
  #orders = 0;
  #holders = 0;

  /** Programs belong to `folder`, which is removed with them; their output goes to files in `logs`. */
  constructor(folder: string, logs: string) {
    this.#folder = folder;
    this.#logs = logs;
    this.#child = spawn(process.execPath, [join(import.meta.dirname, "supervise.ts"), folder], {
      // A session of its own: Ctrl-C in the terminal reaches the owner only, which decides.
      detached: true,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: { ...process.env, NODE_OPTIONS: "", NODE_V8_COVERAGE: undefined },
    });
    this.#child.on("message", (answer: Answer) => this.#take(answer));
    this.#child.once("exit", () => this.#lost());
    this.#writePids();
    this.#release();
  }

  /** Starts a program; fails if it cannot be executed. */
  async start(program: Program): Promise<Running> {
    const { name, command, args } = program;
    const log = join(this.#logs, `${name}.log`);
    let exit: Exit | undefined;
    const exited = new Promise<Exit>((fulfill) => {
      this.#exits.set(name, (ended) => {
        exit = ended;
        fulfill(ended);
      });
    });
    const env = { ...(program.env ?? process.env) };
    const { pid = 0 } = await this.#order({ do: "start", name, command, args, env, log });
    if (exit === undefined) this.#pids.set(name, pid);
    this.#writePids();
    const stop = async (options: StopOptions = {}) => {
      if (exit !== undefined) return;
      await this.#order({ do: "stop", name, signal: options.signal ?? "SIGTERM", graceMs: options.graceMs ?? 5_000 });
      await exited;
    };
    return { name, pid, log, exit: () => exit, exited: () => this.#held(exited), stop };
  }

  /** Ends all programs at once, removes the folder and ends the supervising process. */
  async shutdown(options: StopOptions = {}): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const { signal = "SIGTERM", graceMs = 5_000 } = options;
    await this.#order({ do: "shutdown", signal, graceMs });
    const gone = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await this.#held(gone);
  }

  #order(order: OrderBody): Promise<Reply> {
    const id = ++this.#orders;
    const reply = new Promise<Reply>((fulfill, reject) => {
      this.#answers.set(id, (answer) => {
        this.#answers.delete(id);
        if (answer.error !== undefined)
          reject(new Error(`Cannot ${order.do} "${"name" in order ? order.name : "all"}": ${answer.error}`));
        else fulfill(answer);
      });
      if (this.#child.connected) this.#child.send({ ...order, id });
      else this.#answers.get(id)?.({ id, error: "the supervising process is gone" });
    });
    return this.#held(reply);
  }

  #take(answer: Answer): void {
    if ("id" in answer) this.#answers.get(answer.id)?.(answer);
    else this.#ended(answer.exited, { code: answer.code, signal: answer.signal });
  }

  #ended(name: string, exit: Exit): void {
    this.#pids.delete(name);
    this.#exits.get(name)?.(exit);
    this.#exits.delete(name);
  }

  /** The supervising process ended: normally after all programs, else they must not outlive it. */
  #lost(): void {
    for (const [name, pid] of this.#pids) {
      if (isAlive(pid)) process.kill(pid, "SIGKILL");
      this.#ended(name, { code: null, signal: "SIGKILL" });
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
    for (const [id, settle] of this.#answers) settle({ id, error: "the supervising process is gone" });
  }

  /** Keeps this process from ending while `work` is awaited; an idle plane does not. */
  async #held<T>(work: Promise<T>): Promise<T> {
    this.#holders += 1;
    this.#child.ref();
    this.#child.channel?.ref();
    try {
      return await work;
    } finally {
      this.#holders -= 1;
      if (this.#holders === 0) this.#release();
    }
  }

  #release(): void {
    this.#child.unref();
    this.#child.channel?.unref();
  }

  #writePids(): void {
    // In one step: a plane whose file says nothing would be taken for an abandoned one.
    const path = join(this.#folder, pidFile);
    writeFileSync(`${path}.new`, [this.#child.pid, ...this.#pids.values()].join("\n"));
    renameSync(`${path}.new`, path);
  }
}
