/** What changed. */
export interface RestartSource {
  readonly kind: "ConfigMap" | "Secret" | "SecretProviderClass";
  readonly namespace: string;
  readonly name: string;
}

/** What was restarted for it. */
export interface RestartedWorkload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One restart that was carried out. */
export interface Restart {
  readonly workload: RestartedWorkload;
  /** What changed; none where that is not known. */
  readonly sources: readonly RestartSource[];
}

/** One message, before a sink gives it its form. */
export interface Alert {
  /** In whose wording it is, and as whose it is shown. */
  readonly author: "restamp" | "Reloader";
  /** The whole message; `*` around what Slack and Google Chat shall show in bold. */
  readonly text: string;
  /** Set for all alerts, such as the name of the cluster; is part of `text`; may be empty. */
  readonly additionalInfo: string;
  readonly sources: readonly RestartSource[];
  readonly workloads: readonly RestartedWorkload[];
  /** When it was made, in milliseconds since the epoch. */
  readonly at: number;
}

/** What all alerts have in common. */
export interface AlertFrame {
  readonly additionalInfo: string;
  readonly at: number;
}

/** Google Chat takes 32,000 bytes; 50 workloads of the longest names there can be are below that. */
const mostNamed = 50;

/** An alert for each of the restart's sources, in the words of Reloader, which others may already search for. */
export function alertsLikeReloader({ workload, sources }: Restart, frame: AlertFrame): readonly Alert[] {
  // Reloader has no words for it.
  if (sources.length === 0) return [alertOfChange({ sources, workloads: [workload] }, frame)];
  return sources.map((source) => {
    const changes = `changes in *${source.name}* of type *${source.kind.toUpperCase()}* in namespace *${source.namespace}*`;
    const reloaded = `*${workload.name}* of type *${workload.kind}* in namespace *${workload.namespace}*`;
    const text = withInfo(frame, `Reloader detected ${changes}. Hence reloaded ${reloaded}`);
    return { ...frame, author: "Reloader", text, sources: [source], workloads: [workload] };
  });
}

/** One alert for a change and all that was restarted for it, at least one workload. */
export function alertOfChange(change: Pick<Alert, "sources" | "workloads">, frame: AlertFrame): Alert {
  const { sources, workloads } = change;
  const named = workloads.slice(0, mostNamed).map(bold).join(", ");
  const more = workloads.length > mostNamed ? ` and ${workloads.length - mostNamed} more` : "";
  const count = workloads.length === 1 ? "" : `${workloads.length} workloads: `;
  const what = sources.length === 0 ? "Configuration" : sources.map(bold).join(" and ");
  const text = withInfo(frame, `${what} changed: restarted ${count}${named}${more}`);
  return { ...frame, author: "restamp", text, sources, workloads };
}

/** The message without what makes it bold. */
export function plainText({ text }: Alert): string {
  return text.replaceAll("*", "");
}

/** `Deployment shop/web`. */
export function describeObject({ kind, namespace, name }: RestartedWorkload): string {
  return `${kind} ${namespace}/${name}`;
}

function bold(object: RestartedWorkload): string {
  return `*${describeObject(object)}*`;
}

function withInfo({ additionalInfo }: AlertFrame, text: string): string {
  return additionalInfo === "" ? text : `${additionalInfo} : ${text}`;
}
