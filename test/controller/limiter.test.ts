import t from "tap";
import { createLimiter } from "../../controller/limiter.ts";

/** Tasks that end when they are told to, and what is known of them. */
function tasks(parallel: number) {
  const limit = createLimiter(parallel);
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  const run = (name: string): Promise<string> => {
    const end = Promise.withResolvers<string>();
    ends.set(name, end);
    return limit(() => {
      started.push(name);
      return end.promise;
    });
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { run, started, ends, turn };
}

t.test("createLimiter() runs so many tasks at a time, in their order", async (t) => {
  const { run, started, ends, turn } = tasks(2);
  const results = ["a", "b", "c", "d"].map(run);
  await turn();
  t.same(started, ["a", "b"]);
  ends.get("b")?.resolve("B");
  await turn();
  t.same(started, ["a", "b", "c"]);
  for (const name of ["a", "c", "d"]) ends.get(name)?.resolve(name.toUpperCase());
  t.same(await Promise.all(results), ["A", "B", "C", "D"]);
});

t.test("createLimiter() passes failures on and goes on", async (t) => {
  const { run, started, ends, turn } = tasks(1);
  const failing = run("a");
  const next = run("b");
  ends.get("a")?.reject(new Error("no"));
  await t.rejects(failing, { message: "no" });
  ends.get("b")?.resolve("B");
  t.equal(await next, "B");
  await turn();
  t.same(started, ["a", "b"]);
});

t.test("createLimiter() lets no newcomer take a place that somebody waits for", async (t) => {
  const { run, started, ends, turn } = tasks(1);
  const all = [run("a"), run("b")];
  ends.get("a")?.resolve("A");
  // Between the end of one and the start of the next.
  await all[0];
  all.push(run("c"));
  await turn();
  t.same(started, ["a", "b"]);
  ends.get("b")?.resolve("B");
  await turn();
  t.same(started, ["a", "b", "c"]);
  ends.get("c")?.resolve("C");
  await Promise.all(all);
});

t.test("createLimiter() catches what a task throws before it is a promise", async (t) => {
  const limit = createLimiter(1);
  const throwing = () => {
    throw new Error("at once");
  };
  await t.rejects(limit(throwing), { message: "at once" });
  t.equal(await limit(async () => 1), 1);
});
