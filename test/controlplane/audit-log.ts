import { readFileSync } from "node:fs";

/** One answered request of the API server's audit log; a watch is there twice, when it begins and when it ends. */
export interface AuditEntry {
  readonly stage: "ResponseStarted" | "ResponseComplete" | "Panic";
  /** When the request came, in milliseconds since the epoch. */
  readonly at: number;
  /** Such as "system:serviceaccount:restamp:restamp-controller". */
  readonly user: string;
  readonly userAgent: string;
  /** Which token of the user it was, such as "JTI=…"; "" where that is not known. */
  readonly credential: string;
  /** Such as "get", "list", "watch", "patch", as in RBAC rules. */
  readonly verb: string;
  /** API group, "" for the core group and for paths that are no resource. */
  readonly group: string;
  /** Such as "deployments", "" for paths that are no resource. */
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** Path with query. */
  readonly path: string;
  /** HTTP status of the answer. */
  readonly status: number;
}

interface AuditEvent {
  readonly stage: AuditEntry["stage"];
  readonly requestReceivedTimestamp: string;
  readonly requestURI: string;
  readonly verb: string;
  readonly user?: { readonly username?: string; readonly extra?: Readonly<Record<string, readonly string[]>> };
  readonly userAgent?: string;
  readonly objectRef?: Readonly<
    Record<"apiGroup" | "resource" | "subresource" | "namespace" | "name", string | undefined>
  >;
  readonly responseStatus?: { readonly code?: number };
}

/** Reads the audit log of a plane that was started with `audit`, in the order of the answers. */
export function readAuditLog(path: string): AuditEntry[] {
  return readFileSync(path, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => entryOf(JSON.parse(line) as AuditEvent));
}

function entryOf(event: AuditEvent): AuditEntry {
  const { apiGroup = "", resource = "", subresource = "", namespace = "", name = "" } = event.objectRef ?? {};
  return {
    stage: event.stage,
    at: Date.parse(event.requestReceivedTimestamp),
    user: event.user?.username ?? "",
    userAgent: event.userAgent ?? "",
    credential: event.user?.extra?.["authentication.kubernetes.io/credential-id"]?.join() ?? "",
    verb: event.verb,
    group: apiGroup,
    resource,
    subresource,
    namespace,
    name,
    path: event.requestURI,
    status: event.responseStatus?.code ?? 0,
  };
}
