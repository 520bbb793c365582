import { describeObject } from "../src/core/object-ref.ts";
import type { Logger } from "../src/core/ports.ts";
import { reloadedNote, reloadFailNote, reloadReasons } from "../src/core/reloader/reload-event.ts";
import type { RestartAction } from "../src/core/restart-action.ts";
import { restartAnnotations, restartReasons } from "../src/core/restart-event.ts";
import type { Workload } from "../src/core/workload.ts";
import type { ChangedSource } from "./changed-sources.ts";
import type { ChangedKeyNames } from "./describe-change.ts";
import type { Notices } from "./notices.ts";

/** One restart, or one that is held back. */
export interface RestartCase {
  readonly workload: Workload;
  /** The workload whose pods are made from the template of this one. */
  readonly borrower: Workload | undefined;
  /** What has changed, in words. */
  readonly what: string;
  readonly sources: readonly ReportedSource[];
}

/** A source, who wrote its data last, and which of its keys changed, as far as that is known. */
export interface ReportedSource extends ChangedSource {
  readonly writtenBy?: string | undefined;
  readonly keys?: ChangedKeyNames | undefined;
}

/** A restart that was carried out. */
export interface Restarted extends RestartCase {
  readonly action: RestartAction;
  /** What became of the pods, in words. @default the workload's own */
  readonly effect?: string;
  /** Since the first event of the change, where that was seen. */
  readonly seconds: number | undefined;
}

/** Where restarts are told beside Events and the log. */
export interface RestartListener {
  restarted(restart: Restarted): void;
  /** It would have been, and is only told of. @default nobody listens */
  observed?(restart: Restarted): void;
  /** An attempt failed; another one follows. */
  failed(workload: Workload): void;
}

/** Tells of restarts, to whoever should know: Events for owners, one audit line for each decision, metrics and alerts. */
export interface Reports {
  restarted(restart: Restarted): void;
  /** Nothing is restarted; the next pods have the new content. */
  recorded(restart: Restarted): void;
  /** `restamp` would have restarted it, and only watches. */
  observed(restart: Restarted): void;
  /** The API server or an action refused it. */
  rejected(restart: RestartCase, message: string): void;
  /** It is not known to have been carried out, as the API server could not be asked: it is tried again. */
  failed(workload: Workload): void;
  /** It is due and does not happen yet. Told once for each reason. */
  held(restart: RestartCase, reason: string): void;
  /** Nothing is wrong or due any more. */
  clear(workload: Workload): void;
  forget(uid: string): void;
}

/** What reports work with. */
export interface ReportsDeps {
  readonly notices: Notices;
  readonly log: Logger;
  readonly listeners: readonly RestartListener[];
}

/** `events`: restamp's own reasons and words, or those of Reloader. */
export function createReports(deps: ReportsDeps, { events }: { readonly events: "restamp" | "reloader" }): Reports {
  const { notices, log, listeners } = deps;
  const held = new Map<string, string>();
  const tell = events === "reloader" ? tellAsReloader : tellEffect;
  const rejectedReason = events === "reloader" ? reloadReasons.failed : "RestartRejected";

  function audit(decision: string, restart: RestartCase, more: object): void {
    const changes = restart.sources.map(({ how, writtenBy, keys, ...id }) => ({
      ...{ source: describeObject(id), how, writtenBy },
      ...(keys === undefined ? {} : { keys: keys.names, changedKeys: keys.count }),
    }));
    const workload = describe(restart.workload);
    log.info({ audit: decision, workload, changes, what: restart.what, ...more }, "Restart decision");
  }

  return {
    restarted(restart) {
      held.delete(restart.workload.uid);
      notices.clear(restart.workload, rejectedReason);
      tell(notices, restart);
      audit("restart", restart, { action: restart.action, effect: effectOf(restart), seconds: restart.seconds });
      for (const listener of listeners) listener.restarted(restart);
    },
    recorded(restart) {
      held.delete(restart.workload.uid);
      const note = `${restart.what}: ${effectOf(restart)}`;
      notices.tell(restart.workload, { reason: "ConfigurationChanged", note });
      audit("record", restart, { action: restart.action, effect: effectOf(restart) });
    },
    observed(restart) {
      held.delete(restart.workload.uid);
      notices.tell(restart.workload, {
        reason: restartReasons.observed,
        note: `${restart.what}: ${effectOf(restart)}`,
        annotations: restartAnnotations(restart),
      });
      audit("would-restart", restart, { action: restart.action });
      for (const listener of listeners) listener.observed?.(restart);
    },
    rejected(restart, message) {
      const { workload } = restart;
      const note =
        events === "reloader"
          ? reloadFailNote({ ...workload, kind: workload.kind.kind }, message)
          : `Cannot restart the pods: ${message}`;
      if (notices.warn(workload, { reason: rejectedReason, note })) audit("reject", restart, { reason: message });
      for (const listener of listeners) listener.failed(workload);
    },
    failed(workload) {
      for (const listener of listeners) listener.failed(workload);
    },
    held(restart, reason) {
      if (held.get(restart.workload.uid) === reason) return;
      held.set(restart.workload.uid, reason);
      audit("hold", restart, { reason });
    },
    clear(workload) {
      held.delete(workload.uid);
      notices.clear(workload, rejectedReason);
    },
    forget: (uid) => held.delete(uid),
  };
}

/** Where another workload runs the template, that one's pods are replaced, and both have a story to tell. */
function tellEffect(notices: Notices, restart: Restarted): void {
  const { workload, borrower, what } = restart;
  const reason = restartReasons.restarted;
  const annotations = restartAnnotations(restart);
  const also = borrower === undefined ? "" : `; ${borrower.kind.kind} ${borrower.name}: ${borrower.effect}`;
  notices.tell(workload, { reason, note: `${what}: ${effectOf(restart)}${also}`, annotations });
  if (borrower === undefined) return;
  const where = `in the template of ${workload.kind.kind} ${workload.name}`;
  notices.tell(borrower, { reason, note: `${what} ${where}: ${borrower.effect}`, annotations });
}

/** One Event for each source, in Reloader's words: whoever looks for them finds them. It has none for unknown sources. */
function tellAsReloader(notices: Notices, restart: Restarted): void {
  const { workload, borrower, sources, seconds } = restart;
  if (sources.length === 0) tellEffect(notices, restart);
  for (const source of sources) {
    for (const each of borrower === undefined ? [workload] : [workload, borrower]) {
      notices.tell(each, {
        reason: reloadReasons.reloaded,
        note: reloadedNote(source, { ...each, kind: each.kind.kind }),
        annotations: restartAnnotations({ sources: [source], seconds }),
      });
    }
  }
}

function effectOf({ effect, workload }: Restarted): string {
  return effect ?? workload.effect;
}

function describe(workload: Workload): string {
  return describeObject({ ...workload, kind: workload.kind.kind });
}
