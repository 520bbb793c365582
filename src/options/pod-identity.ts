import { readFile } from "node:fs/promises";
import type { CalledCommand } from "./option-row.ts";

/** A default that depends on the surroundings, and the words that tell where it was found. */
export interface ComputedDefault {
  readonly text: string;
  readonly source: string;
}

/** What a computed default may look at. */
export interface ComputedContext {
  readonly command: CalledCommand;
  /** Text of `--kubeconfig`, if given. */
  readonly kubeconfig: string | undefined;
}

/** Finds the defaults of the rows with `computed`. */
export type ComputedDefaults = Readonly<
  Record<"namespace" | "pod-name", (context: ComputedContext) => Promise<ComputedDefault>>
>;

/** Where the surroundings are looked up; the tests hand in their own. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The name of this host, which in a Pod is the Pod's name. */
  readonly hostname: string;
  /** The namespace of the kubeconfig's current context, if it names one. May throw: then there is none. */
  readonly kubeconfigNamespace: (kubeconfig: string | undefined) => Promise<string | undefined>;
  /** @default the file that the kubelet mounts with a ServiceAccount's token */
  readonly namespaceFile?: string;
}

/** How `--help` describes each computed default. */
export const computedDefaultHelp = {
  namespace: "the Pod's namespace, else the kubeconfig's, else restamp-system",
  "pod-name": "the Pod's name, else the host's",
} as const;

const serviceAccountNamespace = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
const fallbackNamespace = { text: "restamp-system", source: "default" };

/**
 * Who and where this process is. The Pod says it through the downward API (`POD_NAMESPACE`, `POD_NAME`), so that
 * nothing breaks when an install is renamed or moved to another namespace.
 */
export function createComputedDefaults(surroundings: Surroundings): ComputedDefaults {
  const { env, hostname } = surroundings;
  return {
    "pod-name": async () =>
      env["POD_NAME"]
        ? { text: env["POD_NAME"], source: "environment POD_NAME" }
        : { text: hostname, source: "host name" },
    namespace: async ({ command, kubeconfig }) => {
      // The manifests are the same wherever they are printed.
      if (command === "manifests") return fallbackNamespace;
      if (env["POD_NAMESPACE"]) return { text: env["POD_NAMESPACE"], source: "environment POD_NAMESPACE" };
      const mounted = await textOf(() => readFile(surroundings.namespaceFile ?? serviceAccountNamespace, "utf8"));
      if (mounted !== undefined) return { text: mounted, source: "service account" };
      const current = await textOf(() => surroundings.kubeconfigNamespace(kubeconfig));
      return current === undefined ? fallbackNamespace : { text: current, source: "kubeconfig" };
    },
  };
}

/** What `read` finds; a failure is an answer here, for the next source is tried. */
async function textOf(read: () => Promise<string | undefined>): Promise<string | undefined> {
  const text = await read().catch(() => undefined);
  return text?.trim() || undefined;
}
