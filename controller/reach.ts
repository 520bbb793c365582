import { type LabelSelector, parseLabelSelector } from "../src/core/label-selector.ts";
import { formatShard, isOwn, type Shard } from "../src/core/shard.ts";

/** See the options of the same names; selectors as text, empty for none. */
export interface ReachOptions {
  readonly watchNamespaces: readonly string[];
  readonly namespacesToIgnore: readonly string[];
  readonly namespaceSelector: string;
  readonly namespaceOptIn: boolean;
  readonly resourceLabelSelector: string;
  /** @default all of the cluster */
  readonly shard?: Shard | undefined;
}

/** Which part of the cluster a controller looks at. */
export interface Reach {
  /** Only these namespaces; `undefined`: all but {@link ignoredNamespaces}. */
  readonly namespaces: readonly string[] | undefined;
  readonly ignoredNamespaces: readonly string[];
  /** Of all these, only the namespaces that belong to this one. */
  readonly shard: Shard | undefined;
  readonly namespaceSelector: LabelSelector | undefined;
  /** Whether anything depends on what Namespaces say: if not, the right to read them is not needed. */
  readonly followsNamespaces: boolean;
  /** Which ConfigMaps and Secrets count. */
  readonly resourceLabelSelector: LabelSelector | undefined;
  /** Options that have no effect beside others, in words. */
  readonly warnings: readonly string[];
}

/**
 * Puts the options together. Throws if a selector cannot be read, which the options' own validation has excluded.
 *
 * What is ignored is ignored, also where it is named to be watched. A selector chooses among all namespaces: where they are
 * named it does nothing, as in Reloader, and so the right to read their labels is not needed.
 */
export function readReach(options: ReachOptions): Reach {
  const { watchNamespaces: named, namespacesToIgnore: ignored, shard } = options;
  const isNamed = named.length > 0;
  const selector = readSelector(options.namespaceSelector);
  const both = named.filter((name) => ignored.includes(name));
  const own = [...new Set(named)].filter((name) => !ignored.includes(name) && isOwn(shard, name));
  return {
    namespaces: isNamed ? own : undefined,
    ignoredNamespaces: isNamed ? [] : [...new Set(ignored)],
    shard,
    namespaceSelector: isNamed ? undefined : selector,
    followsNamespaces: options.namespaceOptIn || (selector !== undefined && !isNamed),
    resourceLabelSelector: readSelector(options.resourceLabelSelector),
    warnings: [
      ...(selector !== undefined && isNamed
        ? ["--namespace-selector has no effect beside --watch-namespaces, which names them"]
        : []),
      ...(both.length > 0
        ? [`Named by --watch-namespaces and by --namespaces-to-ignore, so ignored: ${both.join(", ")}`]
        : []),
      ...(shard !== undefined && isNamed && own.length === 0
        ? [`Nothing that --watch-namespaces names belongs to --shard=${formatShard(shard)}: there is nothing to do`]
        : []),
    ],
  };
}

/** Whether the objects of a namespace are watched, so that it is known which there are. */
export function isWatched({ namespaces, ignoredNamespaces, shard }: Reach, namespace: string): boolean {
  if (namespaces !== undefined) return namespaces.includes(namespace);
  return !ignoredNamespaces.includes(namespace) && isOwn(shard, namespace);
}

function readSelector(text: string): LabelSelector | undefined {
  const parsed = parseLabelSelector(text, { legacy: true });
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.selector.requirements.length === 0 ? undefined : parsed.selector;
}
