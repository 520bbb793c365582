/** One named question about the state of this process. */
export interface HealthCheck {
  /** Lower case words with hyphens, such as `event-loop`. */
  readonly name: string;
  /** Why the check fails, as part of a sentence; `undefined` if it does not. Quick, without I/O; throwing is failing. */
  check(): string | undefined;
}

/** What a probe is told. */
export interface HealthReport {
  readonly ok: boolean;
  /** One entry for each failing check. */
  readonly failing: readonly { readonly name: string; readonly reason: string }[];
  /** One line for each check, as kube-apiserver's `?verbose` has them. */
  readonly lines: readonly string[];
}

/** Asks all checks. */
export function reportHealth(checks: readonly HealthCheck[]): HealthReport {
  const answers = checks.map((check) => ({ name: check.name, reason: ask(check) }));
  return {
    ok: answers.every(({ reason }) => reason === undefined),
    failing: answers.flatMap(({ name, reason }) => (reason === undefined ? [] : [{ name, reason }])),
    lines: answers.map(({ name, reason }) => (reason === undefined ? `[+]${name} ok` : `[-]${name} failed: ${reason}`)),
  };
}

function ask({ check }: HealthCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : "the check itself failed";
  }
}
