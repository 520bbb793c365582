import { quote } from "../quote.ts";
import { isObjectName } from "../source.ts";
import type { Marks, Texts } from "./dialect.ts";
import type { ReloaderKeys } from "./reloader.ts";

/** An annotation that circulates, and that nothing has ever read. */
export const mistakenKind = "reloader.stakater.com/kind";

/** What users of Reloader write on workloads and Reloader does not read there either, with what to write instead. */
export function workloadMistakes(keys: ReloaderKeys, { labels, annotations, template = {} }: Marks): string[] {
  const mistakes: string[] = [];
  const isThere = (key: string): boolean => key in annotations || key in template;
  if (isThere(keys.match)) {
    mistakes.push(`${keys.match} is read on ConfigMaps and Secrets: on a workload write ${keys.search}: "true"`);
  }
  if (isThere(mistakenKind)) {
    const { ConfigMap, Secret } = keys.kinds;
    mistakes.push(`${mistakenKind} is not read: write ${ConfigMap.auto} or ${Secret.auto}: "true"`);
  }
  if (isThere(keys.ignore)) {
    mistakes.push(`${keys.ignore} is read on ConfigMaps and Secrets: a workload opts out by leaving ${keys.auto} out`);
  }
  const excludes = Object.values(keys.kinds).map(({ exclude }) => exclude);
  for (const key of [keys.pausePeriod, keys.rolloutStrategy, ...excludes]) {
    if (key in template) mistakes.push(`${key} on the pod template is not read: write it on the workload`);
  }
  for (const key of excludes) {
    const parts = (annotations[key] ?? "").split(",").map((part) => part.trim());
    const unnamed = parts.filter((part) => part !== "" && !isObjectName(part));
    if (unnamed.length === 0) continue;
    const what = quote(unnamed.join(", "));
    mistakes.push(`${key} takes whole names, and ${what} is none: for patterns write restamp.dev/exclude`);
  }
  for (const key of ofWorkloads(keys)) {
    if (key in labels) mistakes.push(`${key} is not read as a label: write it as an annotation`);
  }
  return mistakes;
}

/** What is read on workloads, and is on a ConfigMap or Secret instead. */
export function sourceMistakes(keys: ReloaderKeys, annotations: Texts): string[] {
  return ofWorkloads(keys).flatMap((key) => {
    if (!(key in annotations)) return [];
    return key === keys.search
      ? `${key} is read on workloads: on a ConfigMap or Secret write ${keys.match}: "true"`
      : `${key} is read on workloads: write it on those that use this`;
  });
}

function ofWorkloads({ auto, search, pausePeriod, rolloutStrategy, kinds }: ReloaderKeys): string[] {
  const ofKinds = Object.values(kinds).flatMap((each) => [each.auto, each.reload, each.exclude]);
  return [auto, search, pausePeriod, rolloutStrategy, ...ofKinds];
}
