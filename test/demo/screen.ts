import { styleText } from "node:util";

/** Where a story is told. */
export interface Screen {
  title(text: string): void;
  /** Wrapped to the width. */
  text(text: string): void;
  command(text: string): void;
  output(text: string): void;
  /** Something that turned out to be so. */
  fact(text: string): void;
  /** Waits for `work` and shows, from the first seconds on, that it goes on. */
  during<T>(what: string, work: Promise<T>): Promise<T>;
}

/** The part of a terminal, a file or a pipe that a screen uses. */
export interface ScreenOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

const mostColumns = 100;
/** How often a line is written where none can be rewritten. */
const logMs = 2_000;
/** What takes less is not worth a line of its own. */
const shortMs = 1_000;
const frameMs = 100;
const frames = [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"];

type Style = Parameters<typeof styleText>[0];

/** Writes plain text; colors and a moving sign only at a terminal. */
export function createScreen(output: ScreenOutput): Screen {
  const isTerminal = output.isTTY === true;
  // Some pseudo-terminals say 0.
  const width = Math.min(output.columns || mostColumns, mostColumns);
  const styled = (style: Style, text: string): string =>
    isTerminal ? styleText(style, text, { validateStream: false }) : text;
  const write = (line: string): void => void output.write(`${line}\n`);
  let ongoing = (): void => undefined;

  /** Returns what ends it. */
  function animate(what: string, started: number): () => void {
    const seconds = (): string => `${((Date.now() - started) / 1_000).toFixed(0)} s`;
    if (!isTerminal) {
      const timer = setInterval(() => write(`  ${what}: ${seconds()}`), logMs);
      return () => clearInterval(timer);
    }
    let frame = 0;
    const timer = setInterval(() => {
      output.write(`\r\u001B[2K  ${frames[frame++ % frames.length]} ${what}: ${seconds()}`.slice(0, width + 5));
    }, frameMs);
    return () => {
      clearInterval(timer);
      output.write("\r\u001B[2K");
    };
  }

  return {
    title: (text) => write(`\n${styled("bold", text)}\n${styled("dim", "─".repeat(text.length))}`),
    text: (text) => write(`${wrap(text, width).join("\n")}\n`),
    command: (text) => write(`  ${styled("cyan", `$ ${text}`)}`),
    output: (text) => write(`${text.trimEnd().replaceAll(/^/gm, "  ")}\n`),
    fact: (text) =>
      write(
        wrap(text, width - 4)
          .map((line, index) => `${index === 0 ? styled("green", "  ✓ ") : "    "}${line}`)
          .join("\n"),
      ),
    async during(what, work) {
      const started = Date.now();
      // What was waited for before may have been given up.
      ongoing();
      const end = animate(what, started);
      ongoing = end;
      try {
        return await work;
      } finally {
        end();
        const ms = Date.now() - started;
        if (ms >= shortMs) write(`  ${what}: ${(ms / 1_000).toFixed(1)} s`);
      }
    },
  };
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`;
  }
  return lines;
}
