import { randomBytes } from "node:crypto";
import type { ObjectReference } from "../core/object-ref.ts";
import type { EventNote } from "../core/ports.ts";

/** Who reports. */
export interface EventReporter {
  /** `restamp.dev/controller`. */
  readonly controller: string;
  /** Pod name; at most 128 characters are used. */
  readonly instance: string;
  /** What the reporter does, UpperCamelCase. */
  readonly action: string;
}

/** An Event of events.k8s.io/v1, as it is created. */
export interface EventObject {
  readonly apiVersion: "events.k8s.io/v1";
  readonly kind: "Event";
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly eventTime: string;
  readonly reportingController: string;
  readonly reportingInstance: string;
  readonly action: string;
  readonly reason: string;
  readonly type: "Normal" | "Warning";
  readonly note: string;
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
}

/** Limits of https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/. */
const maxNoteBytes = 1024;
const maxFieldLength = 128;
const maxNameLength = 253;

/** Builds the Event of a note, with a new name, in the namespace of the object that it is about. */
export function buildEvent(note: EventNote, reporter: EventReporter, now: number): EventObject {
  const { annotations, related } = note;
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    // Events about cluster-scoped objects belong into "default" (API validation).
    metadata: {
      name: eventName(note.regarding.name),
      namespace: note.regarding.namespace || "default",
      ...(annotations === undefined ? {} : { annotations }),
    },
    eventTime: microTime(now),
    reportingController: reporter.controller,
    reportingInstance: reporter.instance.slice(0, maxFieldLength),
    action: reporter.action.slice(0, maxFieldLength),
    reason: note.reason.slice(0, maxFieldLength),
    type: note.type,
    note: truncateBytes(note.note, maxNoteBytes),
    regarding: note.regarding,
    ...(related === undefined ? {} : { related }),
  };
}

/** `<object>.<16 hex digits>`: a valid DNS subdomain whatever the object is called. */
export function eventName(object: string): string {
  const suffix = `.${randomBytes(8).toString("hex")}`;
  const labels = object
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, "-")
    .slice(0, maxNameLength - suffix.length)
    .split(".")
    .map((label) => label.replace(/^-+|-+$/g, ""))
    .filter((label) => label !== "");
  return (labels.join(".") || "object") + suffix;
}

/** The longest beginning of `text` that takes at most `maxBytes` as UTF-8 and splits no character. */
export function truncateBytes(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(maxBytes));
  return text.slice(0, read);
}

/** `metav1.MicroTime`, which insists on six digits. */
export function microTime(now: number): string {
  return new Date(now).toISOString().replace("Z", "000Z");
}
