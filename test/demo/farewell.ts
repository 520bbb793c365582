import type { ControlPlane } from "../controlplane/control-plane.ts";
import type { Install } from "../helpers/install.ts";
import type { RestampProcess } from "../helpers/restamp-process.ts";

/** How to go on from here, for another terminal. */
export function farewell({ plane, install }: { readonly plane: ControlPlane; readonly install: Install }): string {
  const processes = [...install.controllers, install.webhook].filter((each) => each !== undefined);
  return `The cluster stays up until Ctrl-C. In another terminal:

  export KUBECONFIG=${plane.kubeconfig}
  alias kubectl=${plane.binaries["kubectl"]}

A few things to try:

  # A key that cart uses: its pods are replaced after three seconds. Once a burst of two restarts is used up, restamp
  # leaves at least 30 s between two restarts of one workload.
  kubectl -n shop patch configmap cart-config -p '{"data":{"log.level":"error"}}'

  # A key that cart does not use, and a label: nothing happens.
  kubectl -n shop patch configmap cart-config -p '{"data":{"currency":"USD"}}'
  kubectl -n shop label configmap cart-config team=checkout

  # The stamp of each revision, and what restamp said about them.
  kubectl -n shop get replicasets -o custom-columns='NAME:.metadata.name,STAMP:.spec.template.metadata.annotations.restamp\\.dev/stamp'
  kubectl -n shop describe deployment cart

  # Opt out: edits of the ConfigMap no longer reach cart.
  kubectl -n shop label deployment cart restamp.dev/enabled=false

  # What restamp keeps for itself: its keys, its ledger, its lease.
  kubectl -n ${install.namespace} get secrets,configmaps,leases

${processes.map(describe).join("\n")}
`;
}

function describe({ name, ops, running }: RestampProcess): string {
  return `${name}\n  metrics ${ops}/metrics\n  log     ${running.log}`;
}
