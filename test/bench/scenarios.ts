import type { Scenario } from "./scenario.ts";
import { admission } from "./scenarios/admission.ts";
import { cost } from "./scenarios/cost.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { idle } from "./scenarios/idle.ts";
import { latency } from "./scenarios/latency.ts";
import { manySources } from "./scenarios/many-sources.ts";
import { memory } from "./scenarios/memory.ts";
import { recovery } from "./scenarios/recovery.ts";
import { scale } from "./scenarios/scale.ts";
import { shards } from "./scenarios/shards.ts";
import { soak } from "./scenarios/soak.ts";
import { startUp } from "./scenarios/start-up.ts";

/** What `npm run bench` measures, in this order. */
export const scenarios: readonly Scenario[] = [
  latency,
  fanOut,
  manySources,
  cost,
  admission,
  memory,
  idle,
  startUp,
  recovery,
  scale,
  shards,
  soak,
];
