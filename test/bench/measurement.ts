/** Whose figure it is; `floor`: what the API server itself takes. */
export type SubjectName = "restamp" | "floor" | "reloader" | "wave";

/** What a figure should be. Ratios are to the floor's figure of the same run. */
export type Goal =
  | { readonly atMost: number }
  | { readonly atLeast: number }
  /** Of the floor's figure of the same name, or of another. */
  | { readonly timesFloor: number; readonly figure?: string }
  /** Told where there is a peer; to be lower than its figure. */
  | { readonly below: Exclude<SubjectName, "restamp" | "floor"> };

/** One figure of one subject, measured several times. */
export interface Measurement {
  /** What was done, such as "300 workloads". */
  readonly case: string;
  readonly subject: SubjectName;
  /** What was measured, such as "all patched". */
  readonly figure: string;
  readonly unit: "ms" | "s" | "MB" | "%" | "1/s" | "";
  /** One value for each run. */
  readonly values: readonly number[];
  /** Count for restamp alone. */
  readonly goals?: readonly Goal[];
}

/** A measurement beside its floor, and what became of its goals. */
export interface Judged extends Measurement {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Median in multiples of the floor's, where that was measured. */
  readonly ratio: number | undefined;
  /** How much of the tightest goal is used up: 1 just meets it; `undefined` if none can be judged. */
  readonly used: number | undefined;
}

/** The value below which a share `q` (0 to 1) of all values lies; of none it is not a number. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}

/** Judges the measurements of one scenario by each other. */
export function judge(all: readonly Measurement[]): readonly Judged[] {
  return all.map((each) => {
    const median = quantile(each.values, 0.5);
    const medianOf: MedianOf = (subject, figure = each.figure) => {
      const isMeant = (other: Measurement): boolean => other.subject === subject && other.figure === figure;
      const found = all.find((other) => other.case === each.case && isMeant(other));
      return found === undefined ? undefined : quantile(found.values, 0.5);
    };
    const floor = each.subject === "floor" ? undefined : medianOf("floor");
    const ratio = floor === undefined ? undefined : median / floor;
    const goals = each.subject === "restamp" ? (each.goals ?? []) : [];
    const shares = goals.flatMap((goal) => shareOf(goal, median, medianOf) ?? []);
    const used = shares.length === 0 ? undefined : Math.max(...shares);
    return { ...each, goals, median, least: Math.min(...each.values), most: Math.max(...each.values), ratio, used };
  });
}

type MedianOf = (subject: SubjectName, figure?: string) => number | undefined;

/** Nothing, where what to compare with was not measured. */
function shareOf(goal: Goal, median: number, medianOf: MedianOf): number | undefined {
  if ("atLeast" in goal) return goal.atLeast / median;
  const limit = limitOf(goal, medianOf);
  if (limit === undefined) return undefined;
  return median <= limit && limit <= 0 ? 1 : median / Math.max(limit, Number.MIN_VALUE);
}

function limitOf(goal: Exclude<Goal, { atLeast: number }>, medianOf: MedianOf): number | undefined {
  if ("atMost" in goal) return goal.atMost;
  if ("below" in goal) return medianOf(goal.below);
  const floor = medianOf("floor", goal.figure);
  return floor === undefined ? undefined : goal.timesFloor * floor;
}

/** A goal in words. */
export function describeGoal(goal: Goal, unit: string): string {
  if ("atMost" in goal) return `≤ ${goal.atMost}${unit === "" ? "" : ` ${unit}`}`;
  if ("atLeast" in goal) return `≥ ${goal.atLeast}${unit === "" ? "" : ` ${unit}`}`;
  if ("timesFloor" in goal)
    return `≤ ${goal.timesFloor} × floor${goal.figure === undefined ? "" : `'s ${goal.figure}`}`;
  return `below ${goal.below}`;
}
