import type { Dialect } from "./dialect.ts";
import { createReloaderDialect, deckhouseKeys, type ReloaderKeys, reloaderKeys } from "./reloader.ts";
import { waveDialect } from "./wave.ts";

/** See the options of the same names. */
export interface DialectOptions {
  readonly compatibility: readonly string[];
  readonly autoReloadAll: boolean;
  readonly configmapAnnotation: string;
  readonly secretAnnotation: string;
  readonly autoAnnotation: string;
  readonly configmapAutoAnnotation: string;
  readonly secretAutoAnnotation: string;
  readonly autoSearchAnnotation: string;
  readonly searchMatchAnnotation: string;
  readonly ignoreAnnotation: string;
  readonly pauseDeploymentAnnotation: string;
  readonly pauseDeploymentTimeAnnotation: string;
}

/** The dialects beside restamp's own that the options ask for. */
export function selectDialects(options: DialectOptions): readonly Dialect[] {
  const { autoReloadAll, compatibility } = options;
  const rows: readonly Dialect[] = [
    createReloaderDialect("reloader", renamed(options), {
      autoReloadAll,
      others: compatibility.includes("deckhouse") ? [deckhouseKeys] : [],
    }),
    // One dialect that reloads everything is enough.
    createReloaderDialect("deckhouse", deckhouseKeys, {
      autoReloadAll: autoReloadAll && !compatibility.includes("reloader"),
    }),
    waveDialect,
  ];
  return rows.filter(({ name }) => compatibility.includes(name));
}

/** Reloader's keys with the names that its flags give them. */
function renamed(options: DialectOptions): ReloaderKeys {
  const { ConfigMap, Secret, SecretProviderClass } = reloaderKeys.kinds;
  return {
    ...reloaderKeys,
    auto: options.autoAnnotation,
    search: options.autoSearchAnnotation,
    match: options.searchMatchAnnotation,
    ignore: options.ignoreAnnotation,
    pausePeriod: options.pauseDeploymentAnnotation,
    pausedAt: options.pauseDeploymentTimeAnnotation,
    kinds: {
      ConfigMap: { ...ConfigMap, reload: options.configmapAnnotation, auto: options.configmapAutoAnnotation },
      Secret: { ...Secret, reload: options.secretAnnotation, auto: options.secretAutoAnnotation },
      SecretProviderClass,
    },
  };
}
