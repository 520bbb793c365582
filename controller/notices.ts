import { apiVersion, type ObjectReference } from "../src/core/object-ref.ts";
import type { EventRecorder } from "../src/core/ports.ts";
import type { Workload } from "../src/core/workload.ts";

/** A state of a workload that its owners should know of, told once for as long as it lasts. */
export interface Notice {
  /** UpperCamelCase; one state of a workload for each reason. */
  readonly reason: string;
  readonly note: string;
  /** What `note` says, for programs. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Tells the owners of workloads what restamp did or why it did nothing, by Events on the workload. */
export interface Notices {
  /** Something was done: always told. */
  tell(workload: Workload, notice: Notice): void;
  /** Something is wrong: told when it is new or reads differently. Returns whether it was told. */
  warn(workload: Workload, notice: Notice): boolean;
  /** It is no longer wrong. */
  clear(workload: Workload, reason: string): void;
  forget(uid: string): void;
}

/** Remembers one text for each state that lasts. */
export function createNotices(events: EventRecorder): Notices {
  const lasting = new Map<string, Map<string, string>>();
  return {
    tell(workload, notice) {
      events.record({ regarding: referenceTo(workload), type: "Normal", ...notice });
    },
    warn(workload, notice) {
      const told = lasting.get(workload.uid) ?? new Map<string, string>();
      if (told.get(notice.reason) === notice.note) return false;
      lasting.set(workload.uid, told.set(notice.reason, notice.note));
      events.record({ regarding: referenceTo(workload), type: "Warning", ...notice });
      return true;
    },
    clear(workload, reason) {
      const told = lasting.get(workload.uid);
      told?.delete(reason);
      if (told?.size === 0) lasting.delete(workload.uid);
    },
    forget(uid) {
      lasting.delete(uid);
    },
  };
}

function referenceTo({ kind, namespace, name, uid }: Workload): ObjectReference {
  return { apiVersion: apiVersion(kind), kind: kind.kind, namespace, name, uid };
}
