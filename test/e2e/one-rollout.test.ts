import t from "tap";
import { proveOneRollout } from "../helpers/prove-one-rollout.ts";

// P1: one deploy, one rollout.

t.test("with the webhook: ConfigMap, Secret and image change together", { timeout: 300_000 }, (t) =>
  proveOneRollout(t, "self-managed"),
);
