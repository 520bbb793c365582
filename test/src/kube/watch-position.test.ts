import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { createWatchPosition } from "../../../src/kube/watch-position.ts";

const at = (resourceVersion: string) => ({ metadata: { resourceVersion } });

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

t.test("verify() compares with the current resourceVersion of the collection", async (t) => {
  const position = createWatchPosition();
  position.verify("1");
  position.set("7");
  position.verify("7");
  position.verify("8");
  t.throws(() => position.verify("6"), { code: "gone" });
  t.equal(position.get(), "7");
});

t.test("ended() gives up a position from the future", async (t) => {
  const position = createWatchPosition();
  position.set("700");
  position.ended(new ClusterError("timeout", "Body Timeout Error"));
  t.equal(position.get(), "700");
  position.ended(new ClusterError("unavailable", "504 Gateway Timeout: Too large resource version: 700, current: 5"));
  t.equal(position.get(), undefined);
});
