import t from "tap";
import { createRecentCreations } from "../../controller/recent-creations.ts";

t.test("version() is the one at which a source was created", async (t) => {
  const creations = createRecentCreations();
  creations.created("a", 5);
  t.equal(creations.version("a"), 5);
  t.equal(creations.version("b"), undefined);
  creations.created("a", 5);
  t.equal(creations.version("a"), 5, "the same told again");
});

t.test("version() claims nothing of a source that was there before", async (t) => {
  const creations = createRecentCreations();
  creations.created("a", 5);
  creations.created("a", 9);
  t.equal(creations.version("a"), undefined, "created twice");
  creations.created("b", 6);
  creations.deleted("b");
  t.equal(creations.version("b"), undefined, "deleted");
  creations.created("b", 10);
  t.equal(creations.version("b"), undefined, "and created again");
});

t.test("version() forgets the oldest of many", async (t) => {
  const creations = createRecentCreations();
  for (let index = 0; index <= 2_000; index++) creations.created(`c-${index}`, index + 1);
  t.equal(creations.version("c-0"), undefined);
  t.equal(creations.version("c-1"), 2);
  t.equal(creations.version("c-2000"), 2_001);
});
