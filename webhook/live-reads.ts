import type { Marks } from "../src/core/dialects/dialect.ts";
import { ClusterError, type ErrorCode, isClusterError } from "../src/core/errors.ts";
import type { Limiter } from "../src/core/limiter.ts";
import { configMaps, namespaces, resourcePath, secrets } from "../src/core/object-ref.ts";
import type { PolicyRules } from "../src/core/policy.ts";
import type { ApiClient } from "../src/core/ports.ts";
import { seenSource } from "../src/core/seen-source.ts";
import type { SourceId } from "../src/core/source.ts";
import { observeSource, type SourceState } from "../src/core/source-state.ts";
import { readMarks } from "../src/core/workload.ts";
import { answeredObject } from "../src/kube/answered-object.ts";
import type { AdmissionDeadline } from "./admission-deadline.ts";

/** What is known of a Namespace's labels and annotations. */
export type NamespaceState =
  | { readonly is: "present"; readonly marks: Marks }
  | { readonly is: "absent" }
  | { readonly is: "unknown"; readonly reason: string };

/** What the API server says at this moment. */
export interface LiveReads {
  /** Never rejects: what cannot be read in time is `unknown`, with a reason that continues "could not be read: …". */
  source(id: SourceId, deadline: AdmissionDeadline): Promise<SourceState>;
  namespace(name: string, deadline: AdmissionDeadline): Promise<NamespaceState>;
}

/** What live reads work with. */
export interface LiveReadsDeps {
  readonly api: ApiClient;
  /** How the annotations of sources are read. */
  readonly rules: Pick<PolicyRules, "dialects">;
  readonly limit: Limiter;
  /**
   * How long a read may take that has begun, in milliseconds. Its admission stops waiting long before; breaking it off then
   * would close its connection, and an API server that is slow under load would get a TLS handshake for each. @default 1000
   */
  readonly readTimeoutMs?: number;
}

/**
 * Reads from the API server itself, never from a cache: a client writes a ConfigMap milliseconds before the workload
 * that uses it. Admissions share a read only if it has not begun when the last of them came: under load, when reads have to
 * wait for their turn, those of one release are mostly the same ones.
 */
export function createLiveReads({ api, rules, limit, readTimeoutMs = 1_000 }: LiveReadsDeps): LiveReads {
  /** Reads that have not begun, by path: they take one more admission. */
  const waiting = new Map<string, (deadline: AdmissionDeadline) => Promise<unknown>>();

  /** Reads when its turn comes, unless nobody waits for it any more. */
  function read<T>(path: string, deadline: AdmissionDeadline, interpret: (object: unknown) => T): Promise<T> {
    const join = waiting.get(path);
    if (join !== undefined) return join(deadline) as Promise<T>;
    const waits = [deadline];
    waiting.set(path, (later) => {
      waits.push(later);
      return answer;
    });
    const answer = limit.run(async () => {
      waiting.delete(path);
      if (waits.every(({ signal }) => signal.aborted)) throw deadline.signal.reason;
      return interpret(answeredObject(path, await api.request({ method: "GET", path, timeoutMs: readTimeoutMs })));
    }, never);
    return answer;
  }

  async function get<T>(path: string, deadline: AdmissionDeadline, interpret: (object: unknown) => T) {
    try {
      const found = await deadline.within(read(path, deadline, interpret), late);
      return found === late ? inWords("timeout") : found;
    } catch (error) {
      if (isClusterError(error, "not-found")) return { is: "absent" } as const;
      if (deadline.expired()) return inWords("timeout");
      return inWords(error instanceof ClusterError ? error.code : "unavailable");
    }
  }

  return {
    source({ kind, namespace, name }, deadline) {
      const path = resourcePath(kind === "Secret" ? secrets : configMaps, { namespace, name });
      return get(path, deadline, (object) => observeSource(undefined, seenSource(kind, object, rules), undefined));
    },
    namespace(name, deadline) {
      const interpret = (object: unknown) => ({ is: "present", marks: readMarks(object) }) as const;
      return get(resourcePath(namespaces, { name }), deadline, interpret);
    },
  };
}

const late = Symbol("late");
const never = new AbortController().signal;

/** Never the API server's own words: they may quote what somebody wrote. */
function inWords(code: ErrorCode): { readonly is: "unknown"; readonly reason: string } {
  const reasons: Partial<Record<ErrorCode, string>> = {
    timeout: "no answer in time",
    forbidden: "restamp's webhook is not permitted to read it",
    unauthorized: "restamp's webhook is not logged in to the API server",
    throttled: "the API server has too many requests",
  };
  return { is: "unknown", reason: reasons[code] ?? "the API server did not answer" };
}
