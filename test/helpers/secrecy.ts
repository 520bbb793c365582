import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import { type Kube, type KubeObject, kubeClient } from "../controlplane/kube.ts";
import { orMissing } from "../controlplane/kube-error.ts";
import type { Running } from "../controlplane/supervisor.ts";

/** Every value of a Secret in the tests begins with this, so that a leaked one is recognized wherever it turns up. */
export const secretMarker = "s3cr3t-m4rk3r:";

/** Something that was written down, and where. */
export interface Written {
  /** Such as `log of restamp-controller-0`. */
  readonly where: string;
  readonly text: string;
}

/** A process of restamp, as far as it can tell secrets. */
export interface Talker {
  readonly name: string;
  readonly running: Pick<Running, "log" | "exit">;
  metrics(): Promise<string>;
  /** What the metrics were when a test ended the process. */
  lastMetrics?(): string;
}

const excerpt = 120;
const answerMs = 2_000;

/** A Secret's value in the tests. */
export function secretValue(value: string): string {
  return `${secretMarker}${value}`;
}

/** Throws if one of the texts has the value of a marked Secret in it: as it is, in Base64 of any alignment, or in hex. */
export function assertNoSecrets(texts: Iterable<Written>): void {
  const leaks = [...texts].flatMap(({ where, text }) => {
    const found = disguises.map((disguise) => text.indexOf(disguise)).find((at) => at >= 0);
    return found === undefined ? [] : [`${where}: …${text.slice(Math.max(0, found - excerpt), found + excerpt)}…`];
  });
  if (leaks.length > 0) throw new Error(`Secrets were told in ${leaks.length} places:\n${leaks.join("\n")}`);
}

/** All that processes have written, and what they have told the cluster: logs, metrics, Events by both APIs, the ledger, workloads. */
export async function everythingWritten(
  kube: Kube,
  talkers: readonly Talker[],
  namespace: string,
): Promise<readonly Written[]> {
  const logs = talkers.map(async ({ name, running }) => written(`log of ${name}`, await readFile(running.log, "utf8")));
  const metrics = talkers.map(async (talker) => {
    const ended = talker.running.exit() !== undefined;
    return written(`metrics of ${talker.name}`, ended ? (talker.lastMetrics?.() ?? "") : await answerOrNothing(talker));
  });
  // A test may have stopped the API server: then its Events are gone with it.
  const isThere = await kube.raw("/livez").catch(() => undefined);
  const paths = [
    ...["/api/v1/events", "/apis/events.k8s.io/v1/events", `/api/v1/namespaces/${namespace}/configmaps`],
    ...["/apis/coordination.k8s.io/v1/leases", "/apis/batch/v1/jobs", "/apis/batch/v1/cronjobs"],
    ...["deployments", "statefulsets", "daemonsets"].map((kind) => `/apis/apps/v1/${kind}`),
    "/apis/argoproj.io/v1alpha1/rollouts",
  ];
  const lists = (isThere?.status === 200 ? paths : []).map(async (path) => {
    const objects = (await orMissing(kube.list<KubeObject>(path))) ?? [];
    return written(path, objects.map((object) => JSON.stringify(object)).join("\n"));
  });
  return Promise.all([...logs, ...metrics, ...lists]);
}

/**
 * Makes the plane's `stop` fail if any of the processes has told a secret until then, so that the test file fails that
 * started them. Processes may be added to `talkers` later.
 */
export function checkSecrecyAtStop(plane: ControlPlane, talkers: readonly Talker[], namespace: string): void {
  plane.beforeStop(async () => assertNoSecrets(await everythingWritten(kubeClient(plane), talkers, namespace)));
}

/** A test may have frozen or killed the process. */
function answerOrNothing(talker: Talker): Promise<string> {
  return Promise.race([talker.metrics().catch(() => ""), sleep(answerMs, "", { ref: false })]);
}

/** What any text that contains `text` contains in that encoding, whatever stands before and after it. */
function base64Parts(text: string): string[] {
  return [0, 1, 2].map((shift) => {
    const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(text)]);
    // The first and the last character of a group also depend on the neighbors.
    const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString("base64");
    return whole.slice(shift === 0 ? 0 : shift + 1);
  });
}

const disguises = [secretMarker, Buffer.from(secretMarker).toString("hex"), ...base64Parts(secretMarker)];

function written(where: string, text: string): Written {
  return { where, text };
}
