import type { Alert, Restart } from "../../src/alerts/alert.ts";

/** A restart of the Deployment shop/web, or of what is named, because of the ConfigMap shop/app. */
export function exampleRestart(name = "web", sources: Restart["sources"] = [exampleSource]): Restart {
  return { workload: { kind: "Deployment", namespace: "shop", name }, sources };
}

/** The ConfigMap shop/app. */
export const exampleSource = { kind: "ConfigMap", namespace: "shop", name: "app" } as const;

/** An alert about it. */
export function exampleAlert(changes: Partial<Alert> = {}): Alert {
  const { workload, sources } = exampleRestart();
  const text = 'prod "1" : *ConfigMap shop/app* changed: restarted *Deployment shop/web*';
  const at = Date.parse("2026-11-21T08:00:00Z");
  return { author: "restamp", text, additionalInfo: 'prod "1"', sources, workloads: [workload], at, ...changes };
}
