import { sourceKinds } from "./source.ts";

/** The annotation on the pod template that says which content of each referenced source the pods run with. */
export const stampAnnotation = "restamp.dev/stamp";

/** The source or key does not exist. */
export const absent = "absent";
/** The source could not be read; never compared. */
export const unknown = "unknown";

/** In the ledger only: the pods run with something older than what is there, or may do so. Equal to nothing. */
export const stale = "stale";

/** The name of the one entry that replaces all others where they would be too long. */
export const collapsedEntry = "*";

/** Digests by entry (`configmap/app-config`), made with one key. A value is a digest, `absent`, `unknown` or (ledger) `stale`. */
export interface Stamp {
  /** Id of the digest key. */
  readonly keyId: string;
  /** Tells two templates apart whose entries are equal though their pods ran with other content in between. @default 0 */
  readonly round?: number;
  readonly entries: ReadonlyMap<string, string>;
}

/** What a text turns out to be. `newer`: written by a later release, to be left alone. */
export type ParsedStamp = { readonly is: "stamp"; readonly stamp: Stamp } | { readonly is: "newer" | "malformed" };

/**
 * Longest stamp, in bytes. A template is copied to every pod, and all annotations of an object share 256 KiB.
 *
 * @see https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/
 */
export const stampLimit = 16 * 1024;

const version = "v1";
const keyIdPattern = /^[a-z0-9-]{1,32}$/;
const valuePattern = /^(?:[A-Za-z0-9_-]{16,64}|absent|unknown|stale)$/;
const prefixes = sourceKinds.map(({ prefix }) => prefix).join("|");
const entryPattern = new RegExp(`^(?:\\*|(?:${prefixes})/(?:~[0-9a-f]{16}|[-a-z0-9.*?]{1,253}))$`);

/**
 * `v1:<key id>;configmap/app-config=<digest>;secret/db=<digest>`, sorted; a round other than 0 follows the key id:
 * `v1:<key id>:2;…`. The inverse of {@link parseStamp}.
 */
export function formatStamp(stamp: Stamp): string {
  const entries = [...stamp.entries].sort(([left], [right]) => (left < right ? -1 : 1));
  const round = stamp.round === undefined || stamp.round === 0 ? "" : `:${stamp.round}`;
  return [`${version}:${stamp.keyId}${round}`, ...entries.map(([name, value]) => `${name}=${value}`)].join(";");
}

/** Reads a stamp that anybody may have written. Never throws. */
export function parseStamp(text: string): ParsedStamp {
  const [head = "", ...rest] = text.split(";");
  const [textVersion = "", keyId = "", round = "0", ...extra] = head.split(":");
  if (/^v[0-9]{1,6}$/.test(textVersion) && textVersion !== version && textVersion !== "v0") return { is: "newer" };
  if (textVersion !== version || !keyIdPattern.test(keyId) || !/^[0-9]{1,6}$/.test(round) || extra.length > 0) {
    return { is: "malformed" };
  }
  const entries = new Map<string, string>();
  for (const part of rest) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (equals < 1 || !entryPattern.test(name) || !valuePattern.test(value) || entries.has(name)) {
      return { is: "malformed" };
    }
    entries.set(name, value);
  }
  return { is: "stamp", stamp: { keyId, round: Number(round), entries } };
}
