import t from "tap";
import { reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import { type WorkloadRulesOptions, workloadRules } from "../../../src/core/workload-rules.ts";

const { ConfigMap, Secret } = reloaderKeys.kinds;
const defaults: WorkloadRulesOptions = {
  compatibility: [],
  autoReloadAll: false,
  configmapAnnotation: ConfigMap.reload,
  secretAnnotation: Secret.reload,
  autoAnnotation: reloaderKeys.auto,
  configmapAutoAnnotation: ConfigMap.auto,
  secretAutoAnnotation: Secret.auto,
  autoSearchAnnotation: reloaderKeys.search,
  searchMatchAnnotation: reloaderKeys.match,
  ignoreAnnotation: reloaderKeys.ignore,
  pauseDeploymentAnnotation: reloaderKeys.pausePeriod,
  pauseDeploymentTimeAnnotation: reloaderKeys.pausedAt,
  granularity: "key",
  resourcesToIgnore: [],
  secretProviderClasses: false,
};
const ignored = (options: Partial<WorkloadRulesOptions>) => [
  ...(workloadRules({ ...defaults, ...options }).ignoredKinds ?? []),
];

t.test("workloadRules() follows the classes of a driver only where that is asked for", async (t) => {
  t.same(ignored({}), ["SecretProviderClass"]);
  t.same(ignored({ secretProviderClasses: true }), []);
});

t.test("workloadRules() follows no kind that is to be ignored", async (t) => {
  t.same(ignored({ resourcesToIgnore: ["secrets"], secretProviderClasses: true }), ["Secret"]);
  t.same(ignored({ resourcesToIgnore: ["configmaps", "secrets"] }), ["ConfigMap", "Secret", "SecretProviderClass"]);
});

t.test("workloadRules() takes the rest as it is", async (t) => {
  t.match(workloadRules(defaults), { settleMs: 0, minIntervalMs: 0, granularity: "key", dialects: { length: 0 } });
  const given = { settleMs: 3_000, minIntervalMs: 30_000, granularity: "object" } as const;
  t.match(workloadRules({ ...defaults, ...given }), given);
  const { dialects } = workloadRules({ ...defaults, compatibility: ["wave", "reloader"] });
  t.same(
    dialects?.map(({ name }) => name),
    ["reloader", "wave"],
  );
});
