import t from "tap";
import { proveOneRollout } from "../helpers/prove-one-rollout.ts";

// P1: one deploy, one rollout; of an install without the webhook.

t.test("without the webhook: ConfigMap, Secret and image change together", { timeout: 300_000 }, (t) =>
  proveOneRollout(t, "none"),
);
