import t from "tap";
import { secondsSince } from "../../controller/due-restart.ts";
import type { Case } from "../../controller/examination.ts";

const look = (unrest: Case["tracked"]["unrest"]) => ({ tracked: { unrest } }) as Case;

t.equal(
  secondsSince(look({ first: 2_000, last: 9_000, reported: 1_000 }), 3_500),
  2.5,
  "secondsSince() counts from when the change was reported",
);
t.equal(secondsSince(look(undefined), 3_500), undefined, "secondsSince() knows nothing of a change that nobody saw");
