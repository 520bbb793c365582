import type { SourceContent } from "./source-content.ts";

/** What is known of one key beside its content. Versions are resourceVersions as numbers. */
interface KeyHistory {
  /** The earliest version known to have this content. */
  readonly since: number;
  /** The key was seen to be absent, and this is the first content it had: nothing can have come in between. */
  readonly first: boolean;
}

/** A source that exists. */
export interface PresentSource {
  readonly is: "present";
  readonly uid: string;
  readonly version: number;
  readonly content: SourceContent;
  readonly history: ReadonlyMap<string, KeyHistory>;
  /** The version that the watch reported as its creation, if its first content is known; else 0. */
  readonly appearedAt: number;
  /** The version at which a key was last found missing that was there before; 0 if never. */
  readonly removedSince: number;
  /** Told by the pods themselves: they started with it, whatever is recorded about them. @default false */
  readonly asStarted?: boolean;
  /** When its data was last written, by the API server's clock (whole seconds), in milliseconds since the epoch. */
  readonly writtenAt: number;
  /** How Reloader names its content, where that is wanted: see `reloaderHash`. Unkeyed: it may leave the process only where the user asks for it. */
  readonly reloaderHash?: string | undefined;
  /** The field manager that last wrote its data, where that is recorded. */
  readonly writtenBy?: string | undefined;
  /** Its annotations say that it never rolls anything. */
  readonly ignored: boolean;
  /** Its annotations say that it counts for workloads that count `matched` sources. */
  readonly matched?: boolean;
  /** What is wrong with an annotation, in words. */
  readonly problem?: string | undefined;
}

/** What is known of a source. `unknown`: it could not be read, for the reason given. */
export type SourceState =
  | PresentSource
  | { readonly is: "absent" }
  | { readonly is: "unknown"; readonly reason: string };

/** What a GET showed. */
export type SeenSource = Pick<
  PresentSource,
  "uid" | "version" | "content" | "reloaderHash" | "writtenAt" | "writtenBy" | "ignored" | "matched" | "problem"
>;

/**
 * Carries the history of each key over to what a GET has just shown.
 *
 * `watchedAs` is the version of the first change that the watch reported since the state before, or of the creation where
 * there was none. If the GET shows exactly that version, no other content can have been in between; otherwise nothing is
 * claimed.
 */
export function observeSource(
  before: SourceState | undefined,
  seen: SeenSource,
  watchedAs: number | undefined,
): PresentSource {
  const known = before?.is === "present" ? before : undefined;
  const exact = watchedAs === seen.version;
  // Versions that were never read may have had other content, also where it is now as it was.
  const continuous = exact || known?.version === seen.version;
  const history = new Map<string, KeyHistory>();
  for (const [key, { sha256, binary }] of seen.content) {
    const old = known?.content.get(key);
    const same = old !== undefined && old.sha256 === sha256 && old.binary === binary;
    const was = same && continuous ? known?.history.get(key) : undefined;
    history.set(key, was ?? { since: seen.version, first: exact && known !== undefined && old === undefined });
  }
  const removed = known !== undefined && [...known.content.keys()].some((key) => !seen.content.has(key));
  return {
    is: "present",
    ...seen,
    history,
    appearedAt: known?.appearedAt ?? (exact && before?.is !== "unknown" ? seen.version : 0),
    removedSince: removed ? seen.version : (known?.removedSince ?? 0),
  };
}
