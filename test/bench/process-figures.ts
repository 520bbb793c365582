import { readFileSync } from "node:fs";

/** Resident memory of a process in MB (10^6 bytes): now, and the most it ever was. */
export interface Memory {
  readonly now: number;
  readonly peak: number;
}

/** Of a process on this machine, by `/proc/PID/status`; Linux only. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mb = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s*(\\d+) kB`, "m").exec(status)?.[1]) * 1_024) / 1_000_000;
  return { now: mb("VmRSS"), peak: mb("VmHWM") };
}

/** Seconds of CPU that a process has used so far, in user and kernel mode, by `/proc/PID/stat`. */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The program's name may contain blanks and parentheses.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticksPerSecond = 100;
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** What part of a core each process takes while something goes on, in percent, in the order of `pids`. */
export async function coreShares(pids: readonly number[], work: () => Promise<unknown>): Promise<readonly number[]> {
  const start = performance.now();
  const before = pids.map(cpuSecondsOf);
  await work();
  const seconds = (performance.now() - start) / 1_000;
  return pids.map((pid, index) => ((cpuSecondsOf(pid) - (before[index] ?? 0)) / seconds) * 100);
}
