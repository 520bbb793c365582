import type { ObjectReference, Resource } from "./object-ref.ts";

/** Severity-ordered structured logging: constant message, variable fields. A pino logger satisfies it. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Monotonic enough time: `now()` is milliseconds since the epoch. The only fake that tests use. */
export interface Clock {
  now(): number;
}

/** One call to the API server. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Absolute path, such as `/api/v1/namespaces/shop/secrets/db`; segments are already escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** Content type of the body. @default "application/json" */
  readonly contentType?: string;
  /** @default "application/json" */
  readonly accept?: string;
  /**
   * Told each object in the answer's `items` as it arrives, before the request has succeeded; the answer's own `items` are
   * then empty. For lists that should not be in memory as a whole.
   */
  readonly onItem?: (item: unknown) => void;
  /** @default the client's own limit, see `--api-timeout` */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** The API server. Every failure is a `ClusterError`, an aborted call rejects with the signal's reason. */
export interface ApiClient {
  /** Sends one request and returns the parsed answer. */
  request<T>(request: ApiRequest): Promise<T>;
  /** Opens a watch and yields its lines, parsed; ends when the server ends it. Fails after `idleMs` without a byte. */
  stream<T>(request: ApiRequest & { readonly idleMs: number }): AsyncIterable<T>;
}

/** What a reflector tells about one resource; all calls are synchronous and must not throw. */
export interface ReflectorHandler<T> {
  /** A listing is about to be asked for: what is written from here on may be newer than what it will name. */
  asking?(): void;
  /** A listing begins: whatever it does not name before `listed` no longer exists. */
  listing(): void;
  /** One object of the listing. */
  item(object: T): void;
  /** The listing is complete. Also called after each later relisting. */
  listed(): void;
  /** Whether this version of an object is known already, as from the answer to a write: its event is then left out, unread. */
  knows?(object: ObjectVersion): boolean;
  /** One change seen by the watch, in order. */
  event(type: "added" | "modified" | "deleted", object: T): void;
  /** What is followed may not be read by any means; called after each attempt that was refused. */
  refused?(): void;
}

/** The part of an object's metadata that tells one version of it from all others. */
export interface ObjectVersion {
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** An Event to be shown by `kubectl describe` of the object it is about (events.k8s.io/v1). */
export interface EventNote {
  readonly regarding: ObjectReference;
  readonly related?: ObjectReference;
  readonly type: "Normal" | "Warning";
  /** UpperCamelCase, such as `Restamped`. */
  readonly reason: string;
  /** One sentence, at most 1,024 bytes; never a value or a digest. */
  readonly note: string;
  /** Of the Event itself: what `note` says, for programs. @default none */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Records Events: at once, without waiting and without failing the caller; equal ones become a series. */
export interface EventRecorder {
  record(note: EventNote): void;
}

/** A resource that a reflector follows. */
export interface Watched {
  readonly resource: Resource;
  /** Only this namespace. @default all */
  readonly namespace?: string;
  /** Only the object of this name: where it may not be listed, a GET will do. @default all */
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
  /** Ask for `PartialObjectMetadata` only. @default false */
  readonly metadataOnly?: boolean;
}
