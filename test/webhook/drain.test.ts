import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import t, { type Test } from "tap";
import { createDrain, type Drain } from "../../webhook/drain.ts";
import { testedApp, testedHandler } from "../helpers/admission-app.ts";

async function drained(t: Test, drainMs: number, handle: () => Promise<string>) {
  const drain: { current?: Drain } = {};
  const { log, metrics } = testedHandler(async () => {
    throw new Error("not asked");
  });
  const app = await testedApp(t, { handle, log, metrics }, (made) => {
    drain.current = createDrain(made, { drainMs });
  });
  const agent = new Agent({ keepAlive: true });
  t.teardown(() => agent.destroy());
  const stop = (signal: AbortSignal) => drain.current?.stop(signal) ?? Promise.reject(new Error("no drain"));
  return { stop, post: () => app.post("{}", { agent }), app };
}

t.test("stop() fails no request", async (t) => {
  const { stop, post } = await drained(t, 3_000, async () => "ok");
  t.match(await post(), { status: 200, connection: "keep-alive" });
  const start = performance.now();
  const stopped = stop(new AbortController().signal);
  const answers: { status: number; connection: string | undefined; at: number }[] = [];
  while (performance.now() - start < 2_400) answers.push({ ...(await post()), at: performance.now() - start });
  t.ok(
    answers.every(({ status }) => status === 200),
    "answers while it drains",
  );
  t.equal(answers[0]?.connection, "keep-alive", "keeps connections at first");
  t.equal(answers.at(-1)?.connection, "close", "closes them one by one later");
  await stopped;
  t.ok(performance.now() - start >= 2_990, "takes as long as it was told");
  await t.rejects(post(), { code: "ECONNREFUSED" }, "accepts nothing afterwards");
});

t.test("stop() waits for what is under way", async (t) => {
  const gate = Promise.withResolvers<string>();
  const { stop, post } = await drained(t, 20, () => gate.promise);
  const slow = post();
  await sleep(50);
  const stopped = stop(new AbortController().signal);
  await sleep(100);
  gate.resolve("late");
  t.match(await slow, { status: 200, body: "late", connection: "close" });
  await stopped;
});

t.test("stop() gives up when its time is used up", async (t) => {
  const { stop, post } = await drained(t, 60_000, () => new Promise(() => undefined));
  const never = post().catch((error: unknown) => error);
  const limit = new AbortController();
  const stopped = stop(limit.signal);
  limit.abort(new Error("used up"));
  await stopped;
  t.type(await never, Error);
});
