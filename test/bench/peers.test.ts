import t from "tap";
import { readPeer } from "./peers.ts";

t.test("readPeer() reads NAME=PATH", async (t) => {
  t.strictSame(readPeer("wave=/opt/wave=2"), { name: "wave", path: "/opt/wave=2" });
});

t.test("readPeer() says what to write instead", async (t) => {
  for (const text of ["reloader", "reloader=", "other=/bin/other"]) {
    t.throws(() => readPeer(text), { message: /write one of reloader=PATH, wave=PATH/ });
  }
});
