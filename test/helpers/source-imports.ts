import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** The folder of this checkout. */
export const checkout = join(import.meta.dirname, "..", "..");

/** One import or re-export as a source file has it. */
export interface SourceImport {
  /** Path of the importing file, from the checkout. */
  readonly from: string;
  /** Path of the imported file, from the checkout; the specifier as written for a package or a part of Node. */
  readonly to: string;
  /** Nothing is left of it when the program runs. */
  readonly typeOnly: boolean;
}

// The formatter puts each import at the beginning of a line and its path between double quotes.
const statement = /^(?:import|export)\s+(type\s)?(?:[^;"]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** Paths of the TypeScript files that match, from the checkout, in order. */
export function sourceFiles(patterns: readonly string[]): string[] {
  return globSync([...patterns], { cwd: checkout, exclude: ["**/node_modules/**"] }).sort();
}

/** Text of a file of the checkout. */
export function sourceText(file: string): string {
  return readFileSync(join(checkout, file), "utf8");
}

/** What a file imports, in the order of its text. Types that an `import { type X }` names count as values: it is run. */
export function importsOf(file: string): SourceImport[] {
  return readImports(file, sourceText(file));
}

/** What a text imports that would be the file `from`. */
export function readImports(from: string, text: string): SourceImport[] {
  return [...text.matchAll(statement)].map(([, type, named, called]) => {
    const specifier = named ?? called ?? "";
    const to = specifier.startsWith(".") ? normalize(join(dirname(from), specifier)) : specifier;
    return { from, to, typeOnly: type !== undefined };
  });
}

/** All files of the checkout that are loaded when one of `files` is, themselves included. */
export function loadedFiles(files: readonly string[]): Set<string> {
  const loaded = new Set<string>();
  const waiting = [...files];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (loaded.has(file)) continue;
    loaded.add(file);
    const found = importsOf(file).filter(({ to, typeOnly }) => !typeOnly && to.endsWith(".ts"));
    waiting.push(...found.map(({ to }) => to));
  }
  return loaded;
}
