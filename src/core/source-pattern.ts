import { hash } from "node:crypto";
import { RE2JS } from "re2js";
import { quote } from "./quote.ts";
import { isObjectName, type SourceKind } from "./source.ts";

/** Sources of one kind, by name or by a pattern of names. */
export interface SourcePattern {
  readonly kind: SourceKind;
  /** As its author wrote it. */
  readonly text: string;
  /** Names one source: what it matches is known without looking. */
  readonly isName: boolean;
  /** Stands for the pattern in an entry of a stamp: the text, or `~` and a checksum where that holds other characters. */
  readonly entryName: string;
  /** Whether the name as a whole matches. Linear in its length. */
  matches(name: string): boolean;
}

/** A name, or a pattern with wildcards: `*` any text, `?` one character. `undefined` where it can match no name. */
export function globPattern(kind: SourceKind, text: string): SourcePattern | undefined {
  // A wildcard stands for at least nothing and at most anything.
  if (!isObjectName(text.replaceAll(/[*?]/g, "a"))) return undefined;
  const isName = !/[*?]/.test(text);
  const matches = isName ? (name: string) => name === text : (name: string) => glob(text, name);
  return { kind, text, isName, entryName: text, matches };
}

/** Longer than any name can be, even with each character escaped. */
const longestRegex = 1_024;

/**
 * A regular expression of Go (RE2), matched against whole names: `a|b` is `a` or `b`. No look-around, no back-references,
 * and no case that takes exponential time.
 *
 * @see https://github.com/google/re2/wiki/Syntax
 */
export function regexPattern(kind: SourceKind, text: string): SourcePattern | { readonly problem: string } {
  // Most of them are just names; a dot would be any character.
  if (!text.includes(".") && isObjectName(text)) {
    return { kind, text, isName: true, entryName: text, matches: (name) => name === text };
  }
  if (text.length > longestRegex) return { problem: `${quote(text)} is longer than ${longestRegex} characters` };
  try {
    const regex = RE2JS.compile(text);
    return { kind, text, isName: false, entryName: checksum(text), matches: (name) => regex.testExact(name) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : String(error);
    return { problem: `${quote(text)} is not a regular expression of Go: ${reason}` };
  }
}

/** `~` and 16 hexadecimal digits: names a pattern among those of one workload. */
function checksum(text: string): string {
  return `~${hash("sha256", text, "hex").slice(0, 16)}`;
}

/** Greedy matching with one point to return to: no exponential case. */
function glob(pattern: string, text: string): boolean {
  let [p, t, star, mark] = [0, 0, -1, 0];
  while (t < text.length) {
    if (p < pattern.length && (pattern[p] === "?" || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (pattern[p] === "*") {
      star = p++;
      mark = t;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(p));
}
