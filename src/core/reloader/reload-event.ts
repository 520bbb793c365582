import { type SourceId, sourceKind, sourceKinds } from "../source.ts";

/** The workload that Reloader's sentences are about. */
export interface ReloadedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Reasons of the Events that Reloader writes on workloads. */
export const reloadReasons = { reloaded: "Reloaded", failed: "ReloadFail" } as const;

/** What Reloader says of a workload that it has restarted. */
export function reloadedNote(source: SourceId, { kind, namespace, name }: ReloadedWorkload): string {
  const type = sourceKind(source.kind).reloaderType;
  const changes = `Changes detected in '${source.name}' of type '${type}' in namespace '${source.namespace}'`;
  return `${changes}, Updated '${name}' of type '${kind}' in namespace '${namespace}'`;
}

/** What Reloader says of a workload that it could not restart. */
export function reloadFailNote({ kind, namespace, name }: ReloadedWorkload, message: string): string {
  return `Update for '${name}' of type '${kind}' in namespace '${namespace}' failed with error ${message}`;
}

/**
 * What client-go puts before the latest of many messages, once ten Events of one reason have been about one object.
 *
 * @see https://pkg.go.dev/k8s.io/client-go/tools/record#EventAggregatorByReasonMessageFunc
 */
const combinedPrefix = "(combined from similar events): ";

/** What a {@link reloadedNote} tells. */
export interface ReloadedFrom {
  readonly source: SourceId;
  /** The Event stands for others, too, that may have been about other sources. */
  readonly combined: boolean;
}

/** Reads a {@link reloadedNote}; `undefined` where it is none. */
export function parseReloadedNote(note: string): ReloadedFrom | undefined {
  const combined = note.startsWith(combinedPrefix);
  const text = combined ? note.slice(combinedPrefix.length) : note;
  const [, name, type, namespace] =
    /^Changes detected in '([^']+)' of type '(\w+)' in namespace '([^']+)'/.exec(text) ?? [];
  const kind = sourceKinds.find(({ reloaderType }) => reloaderType === type)?.kind;
  if (kind === undefined || name === undefined || namespace === undefined) return undefined;
  return { source: { kind, namespace, name }, combined };
}

/** The error in a {@link reloadFailNote}; `undefined` where there is none. */
export function parseReloadFailNote(note: string): string | undefined {
  return / failed with error (.+)$/s.exec(note)?.[1];
}
