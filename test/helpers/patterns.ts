import type { SourceKind } from "../../src/core/source.ts";
import { globPattern, regexPattern, type SourcePattern } from "../../src/core/source-pattern.ts";

/** A pattern with wildcards that is known to be one. */
export function glob(kind: SourceKind, text: string): SourcePattern {
  const pattern = globPattern(kind, text);
  if (pattern === undefined) throw new Error(`Cannot test: "${text}" is no pattern`);
  return pattern;
}

/** A regular expression that is known to be one. */
export function regex(kind: SourceKind, text: string): SourcePattern {
  const pattern = regexPattern(kind, text);
  if ("problem" in pattern) throw new Error(`Cannot test: ${pattern.problem}`);
  return pattern;
}
