/** The text of an option that somebody gave. */
export interface Given {
  /** As restamp's row reads it. */
  readonly text: string;
  /** The flag or variable as it was written, for problems: `--settle`, `RESTAMP_SETTLE`, `KUBERNETES_NAMESPACE`. */
  readonly label: string;
}

/** By the name of the option. */
export type GivenOptions = ReadonlyMap<string, Given>;
