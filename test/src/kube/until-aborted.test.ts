import { getEventListeners } from "node:events";
import t from "tap";
import { untilAborted } from "../../../src/kube/until-aborted.ts";

const never = new Promise<never>(() => undefined);

t.test("untilAborted() is what it waits for, while no signal aborts", async (t) => {
  const { signal } = new AbortController();
  t.equal(await untilAborted(Promise.resolve("done"), signal), "done");
  await t.rejects(untilAborted(Promise.reject(new Error("broken")), signal), { message: "broken" });
  t.equal(await untilAborted(Promise.resolve("done")), "done", "without a signal");
  t.same(getEventListeners(signal, "abort"), [], "nothing is left on the signal");
});

t.test("untilAborted() rejects with the reason of the signal that aborts, before or while it waits", async (t) => {
  const [one, other] = [new AbortController(), new AbortController()];
  const waiting = untilAborted(never, one.signal, other.signal);
  other.abort(new Error("enough"));
  await t.rejects(waiting, { message: "enough" });
  t.same(getEventListeners(one.signal, "abort"), [], "nothing is left on the other signal");
  await t.rejects(untilAborted(Promise.resolve("done"), other.signal), { message: "enough" });
});

t.test("untilAborted() lets what fails later fail unheard", async (t) => {
  const late = Promise.withResolvers<never>();
  await t.rejects(untilAborted(late.promise, AbortSignal.abort(new Error("enough"))), { message: "enough" });
  late.reject(new Error("too late"));
  await new Promise((resolve) => setImmediate(resolve));
});
