import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { createKubeCalls, type KubeCalls, type KubeObject, type Target } from "./kube-calls.ts";
import { KubeError } from "./kube-error.ts";
import { type Connection, createTransport } from "./kube-transport.ts";
import { runKubectl } from "./kubectl.ts";
import { writeKubeconfig } from "./plane-files.ts";
import { type WaitOptions, waitFor } from "./wait-for.ts";

export type { KubeObject, ObjectMeta, PatchOptions, Query, Target } from "./kube-calls.ts";
export { KubeError } from "./kube-error.ts";
export { waitFor } from "./wait-for.ts";

/** Client for tests. */
export interface Kube extends KubeCalls {
  /** Gets the object until `condition` holds for it, and returns it; it may be missing at first. */
  waitFor<T = KubeObject>(target: Target, condition: (object: T) => boolean, options?: WaitOptions): Promise<T>;
  /** Runs kubectl as this client's user and returns its standard output; fails with its standard error. */
  kubectl(args: readonly string[], stdin?: string): Promise<string>;
  /** Server-side apply, by kubectl, of a text with any number of YAML documents. */
  applyYaml(yaml: string): Promise<void>;
  /** A token of a ServiceAccount, through the TokenRequest API; valid for an hour. */
  createToken(namespace: string, serviceAccount: string): Promise<string>;
  /** Writes a kubeconfig for a token into the plane's folder and returns its path. */
  kubeconfigFor(token: string): string;
  /** The same client as another user. */
  as(token: string): Kube;
}

/** What a client needs to know of a control plane. */
export interface KubeTarget {
  readonly connection: Connection;
  /** Path of the kubeconfig that kubectl uses. */
  readonly kubeconfig: string;
  readonly caFile: string | undefined;
  /** Folder for kubeconfigs that are made. */
  readonly dir: string;
  /** Path of "kubectl". */
  readonly binaries: Readonly<Record<string, string>>;
}

/** Creates a client of the plane, as the user of its connection: all rights. */
export function kubeClient(plane: KubeTarget): Kube {
  const calls = createKubeCalls(createTransport(plane.connection));

  function kubectl(args: readonly string[], stdin?: string): Promise<string> {
    return runKubectl(plane.binaries["kubectl"] ?? "kubectl", [`--kubeconfig=${plane.kubeconfig}`, ...args], stdin);
  }

  function kubeconfigFor(token: string): string {
    const path = join(plane.dir, `user-${randomBytes(4).toString("hex")}.kubeconfig`);
    return writeKubeconfig(path, { url: plane.connection.url, caFile: plane.caFile, token });
  }

  async function waitForObject<T>(
    target: Target,
    condition: (object: T) => boolean,
    options?: WaitOptions,
  ): Promise<T> {
    let last: T | undefined;
    const title = typeof target === "string" ? target : `${target.kind} "${target.metadata.name}"`;
    const describe = () => `${title}, which is now ${JSON.stringify(last)}`;
    const holds = async () => {
      last = await calls.find<T>(target);
      return last !== undefined && condition(last) && { object: last };
    };
    return (await waitFor(holds, { describe, ...options })).object;
  }

  async function createToken(namespace: string, serviceAccount: string): Promise<string> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`;
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
    const answer = await calls.raw(path, { method: "POST", body: request });
    if (answer.status !== 201) throw new KubeError(`POST "${path}"`, answer);
    return (JSON.parse(answer.body) as { status: { token: string } }).status.token;
  }

  return {
    ...calls,
    waitFor: waitForObject,
    kubectl,
    applyYaml: async (yaml) => void (await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml)),
    createToken,
    kubeconfigFor,
    as(token) {
      const { url, ca } = plane.connection;
      return kubeClient({ ...plane, connection: { url, ...(ca && { ca }), token }, kubeconfig: kubeconfigFor(token) });
    },
  };
}
