import { type DestinationStream, destination, pino } from "pino";
import type { Logger } from "../core/ports.ts";
import { describeError } from "./describe-error.ts";
import { formatText } from "./text-format.ts";

/** A {@link Logger} that can hand out loggers for parts of the process. */
export interface Log extends Logger {
  /** A logger whose lines carry `component`, such as `controller.reflector` for `reflector`. Cheap; make one for each part, not for each call. */
  component(name: string): Log;
}

/** What a log line always says, and how. */
export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly format: "json" | "text";
  readonly version: string;
  /** The name of the Pod, or of the host. */
  readonly pod: string;
  /** @default standard output, written synchronously, so that the last line before an exit is not lost */
  readonly destination?: DestinationStream;
}

/**
 * Writes one line for each call: JSON `{"level":"info","time":<ISO 8601>,"version","pod","component","msg",…fields}`,
 * or text for a terminal. Give errors as the field `err`. Names and digests may be logged, contents never: the
 * redaction here is only the second line of that defense.
 */
export function createLogger(options: LogOptions): Log {
  const output = options.destination ?? destination({ fd: 1, sync: true });
  const stream = options.format === "json" ? output : { write: (line: string) => output.write(formatText(line)) };
  const logger = pino(
    {
      level: options.level,
      base: { version: options.version, pod: options.pod },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => describeError(error, { stack: options.level === "debug" }) },
      redact: { paths: redactedPaths(), censor: "[redacted]" },
    },
    stream,
  );
  return toLog(logger);
}

/** Fields of Kubernetes objects that hold content, at the depths at which a careless log call would put them. */
function redactedPaths(): string[] {
  const contents = ["data", "stringData", "binaryData", '["kubectl.kubernetes.io/last-applied-configuration"]'];
  const prefixes = ["", "*.", "*.*.", "*.*.*."];
  return prefixes.flatMap((prefix) =>
    contents.map((content) => (content.startsWith("[") ? `${prefix.slice(0, -1)}${content}` : `${prefix}${content}`)),
  );
}

/** The few calls of pino that {@link Log} promises, so that nothing else depends on it. */
interface PinoLike extends Logger {
  child(bindings: object): PinoLike;
}

function toLog(root: PinoLike, name?: string): Log {
  // From the root each time: bindings of a child of a child would write the key "component" twice.
  const logger = name === undefined ? root : root.child({ component: name });
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    component: (part) => toLog(root, name === undefined ? part : `${name}.${part}`),
  };
}
