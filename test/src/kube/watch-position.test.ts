import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { createWatchPosition } from "../../../src/kube/watch-position.ts";

const at = (resourceVersion: string) => ({ metadata: { resourceVersion } });
const silence = new ClusterError("timeout", "Body Timeout Error");

t.test("advance() follows, also past 2^53 and over what is not a number", async (t) => {
  const position = createWatchPosition();
  for (const version of ["9", "10", "9007199254740993", "9007199254740994", "abc", "1"]) {
    position.advance(at(version));
    t.equal(position.get(), version);
  }
  position.advance({});
  t.equal(position.get(), "1");
});

t.test("advance() notices that the API server counts from an older number", async (t) => {
  const position = createWatchPosition();
  position.set("9007199254740994");
  t.throws(() => position.advance(at("9007199254740993")), { code: "gone" });
});

t.test("ended() gives up the position after two silent watches in a row", async (t) => {
  const position = createWatchPosition();
  position.set("7");
  position.ended(silence);
  t.equal(position.get(), "7");
  position.advance(at("7"));
  position.ended(silence);
  position.ended(new ClusterError("unavailable", "other side closed"));
  t.equal(position.get(), "7", "a bookmark in between counts");
  position.ended(silence);
  t.equal(position.get(), undefined);
});

t.test("ended() gives up a position from the future", async (t) => {
  const position = createWatchPosition();
  position.set("700");
  position.ended(new ClusterError("unavailable", "504 Gateway Timeout: Too large resource version: 700, current: 5"));
  t.equal(position.get(), undefined);
});
