import type { CompatibilityTable } from "./row.ts";
import { alertsRows } from "./rows-alerts.ts";
import { annotationsRows } from "./rows-annotations.ts";
import { availabilityRows } from "./rows-availability.ts";
import { changesRows } from "./rows-changes.ts";
import { chartRows } from "./rows-chart.ts";
import { chartDeploymentRows } from "./rows-chart-deployment.ts";
import { environmentRows } from "./rows-environment.ts";
import { eventsRows } from "./rows-events.ts";
import { flagsRows } from "./rows-flags.ts";
import { kindsRows } from "./rows-kinds.ts";
import { metricsRows } from "./rows-metrics.ts";
import { pauseRows } from "./rows-pause.ts";
import { permissionsRows } from "./rows-permissions.ts";
import { referencesRows } from "./rows-references.ts";
import { scopeRows } from "./rows-scope.ts";
import { strategiesRows } from "./rows-strategies.ts";
import { weaknessesRows } from "./rows-weaknesses.ts";

/** What Reloader v1.4.21 does and what restamp does about it, in the order of MIGRATION.md. */
export const compatibilityTables: readonly CompatibilityTable[] = [
  annotationsRows,
  referencesRows,
  changesRows,
  scopeRows,
  kindsRows,
  strategiesRows,
  pauseRows,
  flagsRows,
  environmentRows,
  alertsRows,
  eventsRows,
  metricsRows,
  availabilityRows,
  permissionsRows,
  chartRows,
  chartDeploymentRows,
  weaknessesRows,
];
