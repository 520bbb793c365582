import t from "tap";
import { keepNewest } from "../../../src/core/bounded.ts";

t.test("keepNewest() forgets what was added first", async (t) => {
  const names = new Set(["a", "b", "c", "d"]);
  keepNewest(names, 2);
  t.same([...names], ["c", "d"]);
});

t.test("keepNewest() keeps what is few enough, and what was added again", async (t) => {
  const versions = new Map([
    ["a", 1],
    ["b", 2],
  ]);
  keepNewest(versions, 2);
  t.equal(versions.size, 2);
  versions.delete("a");
  versions.set("a", 3);
  keepNewest(versions, 1);
  t.same([...versions], [["a", 3]]);
});
