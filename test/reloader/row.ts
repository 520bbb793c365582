/** One behavior of Stakater Reloader v1.4.21 that its users can see, and what restamp does about it. */
export interface CompatibilityRow {
  /** What Reloader has, in a few words; Markdown. */
  readonly feature: string;
  /**
   * - `same`: it works as it does in Reloader.
   * - `better`: it works, without a loss or a needless restart that Reloader has.
   * - `different`: it works otherwise on purpose.
   * - `missing`: it is not there.
   */
  readonly verdict: "same" | "better" | "different" | "missing";
  /** What is better or different, and why; one or two sentences. Needed for every verdict but `same`. */
  readonly note?: string;
  /** How to have what Reloader does. Needed for `different` and `missing`; `none` where there is no way. */
  readonly restore?: string;
  /** The test that shows it: its file, and the title of the test or of one of its assertions. Not needed for `missing`. */
  readonly test?: { readonly file: string; readonly title: string };
}

/** The rows of one subject, in the order of the guide. */
export interface CompatibilityTable {
  /** A heading of the guide. */
  readonly subject: string;
  readonly rows: readonly CompatibilityRow[];
}
