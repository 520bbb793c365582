import { type SourceId, type SourceKind, sourceKind, sourceKinds } from "../source.ts";

const prefix = "STAKATER_";

/**
 * The environment variable in which Reloader keeps a source's hash: `STAKATER_APP_CONFIG_CONFIGMAP`. Every run of other
 * characters than letters and digits becomes one `_`, so that `foo.bar` and `foo-bar` share a variable.
 */
export function reloaderEnvironmentName(kind: SourceKind, name: string): string {
  const letters = name
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replace(/^_/, "");
  return `${prefix}${letters}_${sourceKind(kind).reloaderType}`;
}

/** The kind of source that a variable of Reloader's is about; `undefined` for any other variable. */
export function reloaderVariableKind(variable: string): SourceKind | undefined {
  if (!/^STAKATER_[A-Z0-9_]+$/.test(variable)) return undefined;
  return sourceKinds.find(({ reloaderType }) => variable.slice(prefix.length).endsWith(`_${reloaderType}`))?.kind;
}

/** Those of the sources whose hash the variable may hold: none, one, or several that share its name. */
export function sourcesOfVariable<T extends Pick<SourceId, "kind" | "name">>(
  variable: string,
  sources: readonly T[],
): readonly T[] {
  return sources.filter(({ kind, name }) => reloaderEnvironmentName(kind, name) === variable);
}
