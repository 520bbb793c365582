import { formatDuration, parseDuration } from "../core/duration.ts";
import { parseLabelSelector } from "../core/label-selector.ts";
import { formatShard, parseShard, type Shard } from "../core/shard.ts";
import { parseCustomWorkload, printCustomWorkload, type WorkloadKind } from "../core/workload-kinds.ts";

/** A socket address to listen on. */
export interface ListenAddress {
  /** IP address or name; `undefined` listens on all addresses of the host. */
  readonly host: string | undefined;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

/** How the text of one type of option is read and written. */
export interface ValueType<T> {
  /** Stands for the value in `--help`. */
  readonly placeholder: string;
  /** What a good value looks like; completes "write ...". */
  readonly write: string;
  /** The value, or `undefined` if `text` is not one. */
  parse(text: string): T | undefined;
  /** What is wrong with a text that `parse` does not read, and what to write instead, if `write` does not say enough. */
  problem?(text: string): string | undefined;
  /** The text that `parse` reads as `value`. */
  print(value: T): string;
}

const sizeUnits: Readonly<Record<string, number>> = {
  "": 1,
  KI: 1024,
  KIB: 1024,
  MI: 1024 ** 2,
  MIB: 1024 ** 2,
  GI: 1024 ** 3,
  GIB: 1024 ** 3,
};

// RFC 1123 subdomain, as Kubernetes validates names (k8s.io/apimachinery, IsDNS1123Subdomain).
const objectName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

// As Kubernetes validates the keys of labels and annotations (k8s.io/apimachinery, IsQualifiedName).
const qualifiedName =
  /^(?=[^/]{1,253}(\/|$))([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(?=[^/]{1,63}$)[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/;

const duration: ValueType<number> = {
  placeholder: "DURATION",
  write: "a duration such as 300ms, 3s, 1m30s or 24h",
  parse: parseDuration,
  print: formatDuration,
};

const integer: ValueType<number> = {
  placeholder: "NUMBER",
  write: "a whole number",
  parse: (text) => (/^\d{1,15}$/.test(text) ? Number(text) : undefined),
  print: String,
};

const size: ValueType<number> = {
  placeholder: "SIZE",
  write: "a size such as 512KiB or 8MiB",
  parse: parseSize,
  print: printSize,
};

const boolean: ValueType<boolean> = {
  placeholder: "",
  write: "true or false",
  parse: (text) => (text === "true" ? true : text === "false" ? false : undefined),
  print: String,
};

const text: ValueType<string> = { placeholder: "TEXT", write: "some text", parse: asIs, print: asIs };

/** A path that need not lead anywhere yet. */
const path: ValueType<string> = { placeholder: "PATH", write: "a path", parse: asIs, print: asIs };

/** A file that must be readable at the start. */
const file: ValueType<string> = { placeholder: "FILE", write: "the path of a readable file", parse: asIs, print: asIs };

/** A file that must be a usable kubeconfig at the start. */
const kubeconfig: ValueType<string> = {
  ...file,
  write: "the path of a kubeconfig whose current context names a cluster and a user",
};

const name: ValueType<string> = {
  placeholder: "NAME",
  write: 'a Kubernetes name: lower case letters, digits, "-" and "."',
  parse: (value) => (objectName.test(value) ? value : undefined),
  print: asIs,
};

const names: ValueType<readonly string[]> = {
  placeholder: "NAME,...",
  write: "Kubernetes names separated by commas",
  parse: parseNames,
  print: (value) => value.join(","),
};

const customWorkloads: ValueType<readonly WorkloadKind[]> = {
  placeholder: "GROUP/VERSION/RESOURCE/KIND[:PATH],...",
  write: "kinds separated by commas, such as serving.knative.dev/v1/services/Service",
  parse(value) {
    const kinds = splitList(value).map(parseCustomWorkload);
    const good = kinds.filter((kind) => "kind" in kind);
    return good.length === kinds.length ? Object.freeze(good) : undefined;
  },
  problem: (value) =>
    splitList(value)
      .map(parseCustomWorkload)
      .find((kind) => "problem" in kind)?.problem,
  print: (value) => value.map(printCustomWorkload).join(","),
};

/** Choices, in any letter case; which ones there are is the row's to say. */
const someOf: ValueType<readonly string[]> = {
  placeholder: "CHOICE,...",
  write: "choices separated by commas",
  parse: (value) => splitList(value.toLowerCase()),
  print: (value) => value.join(","),
};

const url: ValueType<string> = {
  placeholder: "URL",
  write: "a URL such as https://host/path",
  parse: (value) => (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? value : undefined),
  print: asIs,
};

const annotationKey: ValueType<string> = {
  placeholder: "KEY",
  write: 'the key of an annotation: "name" or "prefix.example/name"',
  parse: (value) => (qualifiedName.test(value) ? value : undefined),
  print: asIs,
};

const selector: ValueType<string> = {
  placeholder: "SELECTOR",
  write: "a label selector such as team=shop,env in (test,prod),!legacy",
  // As Reloader has it, too: whoever moves should not have to look for a colon.
  parse: (value) => ("selector" in parseLabelSelector(value, { legacy: true }) ? value : undefined),
  print: asIs,
};

const shard: ValueType<Shard> = {
  placeholder: "I/N",
  write: '"I/N" such as 0/2, the first of two',
  parse(value) {
    const parsed = parseShard(value);
    return "problem" in parsed ? undefined : Object.freeze(parsed);
  },
  problem(value) {
    const parsed = parseShard(value);
    return "problem" in parsed ? parsed.problem : undefined;
  },
  print: formatShard,
};

const oneOf: ValueType<string> = { placeholder: "CHOICE", write: "one of the choices", parse: asIs, print: asIs };

const address: ValueType<ListenAddress> = {
  placeholder: "HOST:PORT",
  write: "an address such as :9090, 127.0.0.1:9090 or [::1]:9090",
  parse: parseAddress,
  print: ({ host, port }) => `${host?.includes(":") ? `[${host}]` : (host ?? "")}:${port}`,
};

/** The types that an option can have. A new type is a new row. */
export const valueTypes = {
  duration,
  integer,
  size,
  boolean,
  text,
  path,
  file,
  kubeconfig,
  name,
  names,
  oneOf,
  someOf,
  customWorkloads,
  address,
  url,
  annotationKey,
  selector,
  shard,
} as const;

/** What each type's text is read as. */
export type ValueOf = {
  [Type in keyof typeof valueTypes]: NonNullable<ReturnType<(typeof valueTypes)[Type]["parse"]>>;
};

function asIs(value: string): string {
  return value;
}

function parseSize(value: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,12})\s?([A-Za-z]*)$/.exec(value) ?? [];
  const factor = sizeUnits[unit.toUpperCase()];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function printSize(bytes: number): string {
  const unit = ["GiB", "MiB", "KiB"].find(
    (candidate) => bytes > 0 && bytes % (sizeUnits[candidate.toUpperCase()] ?? 1) === 0,
  );
  return unit === undefined ? String(bytes) : `${bytes / (sizeUnits[unit.toUpperCase()] ?? 1)}${unit}`;
}

function parseNames(value: string): readonly string[] | undefined {
  const wanted = splitList(value);
  return wanted.every((part) => objectName.test(part)) ? wanted : undefined;
}

function splitList(value: string): readonly string[] {
  const parts = value.split(",").map((part) => part.trim());
  return Object.freeze([...new Set(parts.filter((part) => part !== ""))]);
}

function parseAddress(value: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.%]+)\]|([^:[\]\s/]*)):(\d{1,5})$/.exec(value) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return Object.freeze({ host: (bracketed ?? plain) || undefined, port });
}
