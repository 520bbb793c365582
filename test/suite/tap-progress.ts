/** Takes tap's output line by line. */
export interface TapProgress {
  line(text: string): void;
  /** How many test files have ended. */
  finished(): number;
}

const fileStart = /^# Subtest: /;
const fileResult = /^(not )?ok \d+ - (.+?)(?: # time=([\d.]+)ms)?$/;
const passed = /^\s*(ok \d|1\.\.\d|# time=|$)/;
const frame = /^(TAP version|1\.\.|# No coverage|$)/;

/**
 * Makes tap's output readable in a log: one line for each test file, and of those that failed everything but what passed.
 * Tap writes the lines of one test file as a block, after it has ended, with the reason of a failure behind it.
 */
export function createTapProgress(options: { readonly total: number; write(line: string): void }): TapProgress {
  const { total, write } = options;
  let inFile = false;
  let block: string[] = [];
  let finished = 0;
  let failed = false;

  function end([, not, name, ms]: RegExpExecArray): void {
    inFile = false;
    failed = not !== undefined;
    finished += 1;
    const seconds = ms === undefined ? "" : ` (${(Number(ms) / 1_000).toFixed(1)} s)`;
    const count = `${finished}`.padStart(`${total}`.length);
    write(`[${count}/${total}] ${failed ? "FAILED" : "passed"} ${name}${seconds}`);
    if (failed) for (const line of block) write(line);
    block = [];
  }

  return {
    finished: () => finished,
    line(text) {
      const result = fileResult.exec(text);
      if (result !== null) end(result);
      else if (fileStart.test(text)) inFile = true;
      else if (!text.startsWith(" ") && !frame.test(text)) write(text);
      else if (inFile && !passed.test(text)) block.push(text);
      else if (!inFile && failed && text.startsWith(" ")) write(text);
    },
  };
}
