/** One named question about the state of this process. */
export interface HealthCheck {
  /** Lower case words with hyphens, such as `event-loop`. */
  readonly name: string;
  /** Why the check fails, as part of a sentence; `undefined` if it does not. Quick, without I/O; throwing is failing. */
  check(): string | undefined;
  /** What is worth knowing although the check does not fail. Shown where somebody asks for every check. */
  note?(): string | undefined;
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
  const answers = checks.map((check) => ({ name: check.name, reason: ask(() => check.check()), note: noteOf(check) }));
  return {
    ok: answers.every(({ reason }) => reason === undefined),
    failing: answers.flatMap(({ name, reason }) => (reason === undefined ? [] : [{ name, reason }])),
    lines: answers.map(({ name, reason, note }) =>
      reason === undefined ? `[+]${name} ok${note}` : `[-]${name} failed: ${reason}`,
    ),
  };
}

function noteOf(check: HealthCheck): string {
  const note = ask(() => check.note?.());
  return note === undefined ? "" : `: ${note}`;
}

function ask(question: () => string | undefined): string | undefined {
  try {
    return question();
  } catch (error) {
    return error instanceof Error ? error.message : "the check itself failed";
  }
}
