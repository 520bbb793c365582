import t from "tap";
import { startDeadline } from "../../webhook/admission-deadline.ts";

t.test("within() gives what comes in time", async (t) => {
  const deadline = startDeadline(1_000);
  t.equal(await deadline.within(Promise.resolve("done"), "late"), "done");
  await t.rejects(deadline.within(Promise.reject(new Error("failed")), "late"), { message: "failed" });
  t.notOk(deadline.expired());
  deadline.end();
  t.ok(deadline.signal.aborted, "end() breaks off the calls");
  t.notOk(deadline.expired(), "which is not a lack of time");
});

t.test("within() does not wait for what never comes", async (t) => {
  const deadline = startDeadline(20);
  const never = new Promise<string>(() => undefined);
  t.equal(await deadline.within(never, "late"), "late");
  t.ok(deadline.expired());
  t.ok(deadline.signal.aborted);
  t.equal(await deadline.within(Promise.resolve("done"), "late"), "late", "afterwards nothing is in time");
  t.equal(await deadline.within(Promise.reject(new Error("late, too")), "late"), "late", "and no failure is heard of");
  deadline.end();
});

t.test("startDeadline() without any time has expired at once", async (t) => {
  for (const remaining of [0, -5]) {
    const deadline = startDeadline(remaining);
    t.ok(deadline.expired() && deadline.signal.aborted, `startDeadline() with ${remaining} ms`);
    deadline.end();
  }
});
