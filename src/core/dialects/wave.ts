import { quote } from "../quote.ts";
import type { SourceKind } from "../source.ts";
import { globPattern, type SourcePattern } from "../source-pattern.ts";
import { type Dialect, type Marks, noMarks, noWish, type Wish } from "./dialect.ts";

const enabled = "wave.pusher.com/update-on-config-change";
const extras: readonly { readonly key: string; readonly kind: SourceKind }[] = [
  { key: "wave.pusher.com/extra-configmaps", kind: "ConfigMap" },
  { key: "wave.pusher.com/extra-secrets", kind: "Secret" },
];

/**
 * The annotations of Wave (https://github.com/wave-k8s/wave). A source of another namespace cannot be named: whoever may
 * edit a workload would learn when objects change that he may not read.
 */
export const waveDialect: Dialect = {
  name: "wave",
  optIn: [enabled],
  naming: extras.map(({ key }) => key),
  isMark: (key) => key.startsWith("wave.pusher.com/"),
  readSource: () => noMarks,
  sourceMistakes: (annotations) =>
    enabled in annotations ? [`${enabled} is read on workloads: write it on those that use this`] : [],
  readWorkload(workload): Wish {
    const value = workload.annotations[enabled];
    if (value !== "true") return { ...noWish, said: value !== undefined, mistakes: misplaced(workload) };
    const problems: string[] = [];
    const extra = extras.flatMap(({ key, kind }) =>
      (workload.annotations[key] ?? "")
        .split(",")
        .map((part) => part.trim())
        .filter((part) => part !== "")
        .flatMap((part) => named(kind, part, { key, problems })),
    );
    return { ...noWish, counts: { ConfigMap: "all", Secret: "all" }, extra, said: true, problems };
  },
};

function named(kind: SourceKind, part: string, where: { key: string; problems: string[] }): SourcePattern[] {
  const pattern = globPattern(kind, part);
  if (pattern?.isName === true) return [pattern];
  const advice = part.includes("/")
    ? "sources of another namespace are not followed: copy it into the workload's own"
    : "not a name";
  where.problems.push(`Cannot read ${where.key}: ${quote(part)}: ${advice}`);
  return [];
}

function misplaced({ template = {} }: Marks): string[] {
  return enabled in template ? [`${enabled} on the pod template is not read: write it on the workload`] : [];
}
