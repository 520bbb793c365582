import { type DialectOptions, selectDialects } from "../core/dialects/select.ts";
import { createWorkloadKinds, type WorkloadKindsOptions } from "../core/workload-kinds.ts";
import { customWorkloadRightsYaml } from "./custom-workload-rights.ts";
import { type InstallNames, webhookConfigurationYaml } from "./webhook-configuration.ts";

/** What `restamp manifests` prints: the webhook configuration, then the rights that kinds of one's own take. */
export function manifestsYaml(options: InstallNames & WorkloadKindsOptions & Partial<DialectOptions> = {}): string {
  const kinds = createWorkloadKinds(options);
  const optIn = isComplete(options) ? selectDialects(options).flatMap((dialect) => dialect.optIn) : [];
  return webhookConfigurationYaml(kinds, { ...options, optIn }) + customWorkloadRightsYaml(kinds, options);
}

function isComplete(options: Partial<DialectOptions>): options is DialectOptions {
  return options.compatibility !== undefined;
}
