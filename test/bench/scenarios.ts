import type { Scenario } from "./scenario.ts";
import { fanOut } from "./scenarios/fan-out.ts";
import { latency } from "./scenarios/latency.ts";

/** What `npm run bench` measures, in this order. */
export const scenarios: readonly Scenario[] = [latency, fanOut];
