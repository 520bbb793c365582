import { commands, findCommand, overviewText } from "./commands.ts";
import { messageOf } from "./core/errors.ts";
import type { Clock, Logger } from "./core/ports.ts";
import type { Frame, FrameDeps } from "./frame.ts";
import { helpText, settingsText } from "./options/help.ts";
import { type LoadedOptions, loadOptions, type OptionsInput } from "./options/load.ts";
import type { CalledCommand } from "./options/option-row.ts";
import type { ComputedDefaults } from "./options/pod-identity.ts";
import type { ProcessInput } from "./options/process-input.ts";
import { suggest } from "./options/suggest.ts";
import type { Options } from "./options/table.ts";
import { exitCodes } from "./runtime/exit-codes.ts";

/** What runs until it is stopped. */
export type ProcessCommand = "webhook" | "controller";

/** The sub-commands that run such a process: `reloader` runs the controller, told in Reloader's words. */
const processOf = { webhook: "webhook", controller: "controller", reloader: "controller" } as const;

/** Starts the parts of a process; resolves once they work, rejects if they cannot. */
export type ProcessMain<C extends ProcessCommand> = (options: Options<C>, frame: Frame) => Promise<void>;

/** What a comparison runs in; see `compare/main.ts`. */
interface CompareFrame extends Pick<CommandLineDeps, "out" | "err"> {
  readonly version: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** What the command line works with. Everything big is behind a function, so that each command loads only its own. */
export interface CommandLineDeps {
  readonly input: ProcessInput;
  readonly computed: ComputedDefaults;
  readonly kubeconfigProblem: NonNullable<OptionsInput["kubeconfigProblem"]>;
  readonly version: () => string;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly process: FrameDeps["process"];
  readonly processes: { readonly [C in ProcessCommand]: ProcessMain<C> };
  readonly manifests: (options: Options<"manifests">) => Promise<string>;
  /** Resolves with whether it could compare. */
  readonly compare: (options: Options<"compare">, frame: CompareFrame) => Promise<boolean>;
}

/** Does what the command line says, and resolves with the exit code: 0, 1 for a failure, 2 for wrong usage. */
export async function runCommandLine(deps: CommandLineDeps): Promise<number> {
  const [given = "help", ...rest] = deps.input.argv;
  const name = aliases[given] ?? given;
  const command = findCommand(name);
  switch (command?.name) {
    case "webhook":
    case "controller":
    case "reloader":
      return runProcess(deps, command.name, rest);
    case "compare":
      return compare(deps, rest);
    case "manifests":
      return printManifests(deps, rest);
    case "version":
      return print(deps, versionText(deps));
    case "help":
      return printHelp(deps, rest[0], deps.input.argv.length === 0);
    case undefined:
      return unknownCommand(deps, given);
    default:
      return command satisfies never;
  }
}

const aliases: Readonly<Record<string, string>> = { "--help": "help", "-h": "help", "--version": "version" };

async function runProcess(deps: CommandLineDeps, called: keyof typeof processOf, argv: readonly string[]) {
  const loaded = await loadOptions(called, optionsInput(deps, argv));
  const code = answerWithoutRunning(deps, called, loaded);
  if (code !== undefined || loaded.kind !== "options") return code ?? exitCodes.ok;
  return start(deps, processOf[called], loaded);
}

async function start<C extends ProcessCommand>(
  deps: CommandLineDeps,
  command: C,
  loaded: { readonly options: object; readonly warnings: readonly string[] },
) {
  const { runInFrame } = await import("./frame.ts");
  const { version, process } = deps;
  // Sound: these options were loaded for this very command.
  const options = loaded.options as Options<C> & Options<ProcessCommand>;
  const main: ProcessMain<C> = deps.processes[command];
  const frameDeps = { component: command, version: version(), process, warnings: loaded.warnings };
  return runInFrame(frameDeps, options, (frame) => main(options, frame));
}

async function compare(deps: CommandLineDeps, argv: readonly string[]): Promise<number> {
  const loaded = await loadOptions("compare", optionsInput(deps, argv));
  const code = answerWithoutRunning(deps, "compare", loaded);
  if (code !== undefined || loaded.kind !== "options") return code ?? exitCodes.ok;
  const { out, err, version, process } = deps;
  const { onStopRequest } = await import("./runtime/stop-request.ts");
  const stopping = new AbortController();
  const release = onStopRequest({ log: plainLog(err), process }, (reason) => stopping.abort(new Error(reason)));
  const clock = { now: () => Date.now() };
  const done = await deps.compare(loaded.options, { out, err, version: version(), clock, signal: stopping.signal });
  release();
  return done ? exitCodes.ok : exitCodes.failed;
}

/** For what nobody expects in a command that writes no log. */
function plainLog(err: CommandLineDeps["err"]): Logger {
  const write = (fields: object, message: string): void => {
    err(`${message}${"err" in fields ? `: ${messageOf(fields.err)}` : ""}\n`);
  };
  return { debug: () => {}, info: () => {}, warn: write, error: write };
}

async function printManifests(deps: CommandLineDeps, argv: readonly string[]): Promise<number> {
  const loaded = await loadOptions("manifests", optionsInput(deps, argv));
  const code = answerWithoutRunning(deps, "manifests", loaded);
  if (code !== undefined || loaded.kind !== "options") return code ?? exitCodes.ok;
  return print(deps, await deps.manifests(loaded.options));
}

/** The commands that have no log. */
const printing: ReadonlySet<CalledCommand> = new Set(["manifests", "compare"]);

/** Help, wrong options, and the wish to see the settings: the exit code, or `undefined` if the command is to run. */
function answerWithoutRunning(
  deps: CommandLineDeps,
  name: CalledCommand,
  loaded: LoadedOptions<CalledCommand>,
): number | undefined {
  if (loaded.kind === "help") return printHelp(deps, name, false);
  const isRunning = loaded.kind === "options" && !loaded.printConfig && !printing.has(name);
  // A process writes them to its log.
  if (!isRunning) for (const warning of loaded.warnings) deps.err(`Warning: ${warning}\n`);
  if (loaded.kind === "options") return loaded.printConfig ? print(deps, settingsText(loaded.settings)) : undefined;
  const lines = loaded.problems.map((problem) => `  ${problem}\n`).join("");
  deps.err(`Cannot start "restamp ${name}": wrong options\n${lines}"restamp ${name} --help" shows all options\n`);
  return exitCodes.usage;
}

function printHelp(deps: CommandLineDeps, topic: string | undefined, isMistake: boolean): number {
  if (topic === undefined) {
    (isMistake ? deps.err : deps.out)(overviewText());
    return isMistake ? exitCodes.usage : exitCodes.ok;
  }
  const command = findCommand(topic);
  if (command === undefined) return unknownCommand(deps, topic);
  const { name, summary } = command;
  if (name === "version" || name === "help") return print(deps, `Usage: restamp ${name}\n\n${summary}\n`);
  return print(deps, helpText({ ...command, name }, deps.input.columns));
}

function unknownCommand(deps: CommandLineDeps, given: string): number {
  const names = commands.map(({ name }) => name);
  const near = suggest(given, names);
  const advice = near === undefined ? `the commands are ${names.join(", ")}` : `did you mean "restamp ${near}"?`;
  deps.err(`Unknown command "${given}": ${advice}\n`);
  return exitCodes.usage;
}

function optionsInput({ input, computed, kubeconfigProblem }: CommandLineDeps, argv: readonly string[]): OptionsInput {
  return { argv, env: input.env, computed, kubeconfigProblem };
}

function versionText({ version, process }: CommandLineDeps): string {
  return `restamp ${version()} (Node ${process.version.replace(/^v/, "")})\n`;
}

function print(deps: CommandLineDeps, text: string): number {
  deps.out(text);
  return exitCodes.ok;
}
