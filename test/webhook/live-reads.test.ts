import t, { type Test } from "tap";
import { createLimiter } from "../../src/core/limiter.ts";
import type { ApiRequest } from "../../src/core/ports.ts";
import { type AdmissionDeadline, startDeadline } from "../../webhook/admission-deadline.ts";
import { createLiveReads } from "../../webhook/live-reads.ts";
import { startLocalApiServer } from "../helpers/local-api-server.ts";
import { quickest } from "../helpers/quickest.ts";

t.test("createLiveReads() says what the API server says", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  const reads = createLiveReads({ api: cluster.api, rules: {}, limit: createLimiter(2) });
  const deadline = startDeadline(5_000);
  t.teardown(() => deadline.end());
  const secret = { kind: "Secret", namespace: "shop", name: "db" } as const;
  const path = "/api/v1/namespaces/shop/secrets/db";
  t.same(await reads.source(secret, deadline), { is: "absent" });
  const metadata = { name: "db", uid: "u1", resourceVersion: "7", annotations: { "restamp.dev/ignore": "true" } };
  cluster.answers.set(path, { object: { metadata, data: { a: "YQ==" } } });
  const read = await reads.source(secret, deadline);
  t.match(read, { is: "present", uid: "u1", version: 7, ignored: true });
  t.ok(
    read.is === "present" && read.content.has("a") && !JSON.stringify([...read.content]).includes("YQ=="),
    "keeps no value",
  );
  const cases = [
    { status: 403, reason: "restamp's webhook is not permitted to read it" },
    { status: 401, reason: "restamp's webhook is not logged in to the API server" },
    { status: 429, reason: "the API server has too many requests" },
    { status: 503, reason: "the API server did not answer" },
    { status: 400, reason: "the API server did not answer" },
  ];
  for (const { status, reason } of cases) {
    cluster.answers.set(path, { status });
    t.same(await reads.source(secret, deadline), { is: "unknown", reason }, `source() with ${status}`);
  }
  const none = { is: "unknown", reason: "the API server did not answer" };
  cluster.answers.set(path, { object: {} });
  t.same(await reads.source(secret, deadline), none, "source() with 200 and another object");
  cluster.answers.set("/api/v1/namespaces/shop", { object: {} });
  t.same(await reads.namespace("shop", deadline), none, "namespace() with 200 and another object");
  cluster.answers.set("/api/v1/namespaces/shop", {
    object: { metadata: { name: "shop", uid: "n1", labels: { "restamp.dev/enabled": "true", team: "x" } } },
  });
  const present = { is: "present", marks: { labels: { "restamp.dev/enabled": "true" }, annotations: {} } };
  t.same(await reads.namespace("shop", deadline), present, "namespace() reads restamp's marks only");
  t.same(await reads.namespace("gone", deadline), { is: "absent" });
  t.same(await reads.source({ ...secret, name: "../../nodes" }, deadline), { is: "absent" });
  t.equal(cluster.asked.at(-1), "/api/v1/namespaces/shop/secrets/..%2F..%2Fnodes", "lets no name leave its path");
});

t.test("createLiveReads() is in time, whatever holds it up", async (t) => {
  const cluster = await startLocalApiServer();
  t.teardown(() => cluster.close());
  cluster.fallback = "hang";
  const deaf = { request: () => new Promise<never>(() => undefined), stream: cluster.api.stream };
  for (const api of [cluster.api, deaf]) {
    const { result: all, ms } = await quickest(1_000, async () => {
      const reads = createLiveReads({ api, rules: {}, limit: createLimiter(1) });
      const deadline = startDeadline(50);
      const answers = await Promise.all(["a", "b", "c"].map((name) => reads.namespace(name, deadline)));
      deadline.end();
      return answers;
    });
    t.ok(ms < 1_000, `${Math.round(ms)} ms`);
    t.same(
      all,
      Array.from({ length: 3 }, () => ({ is: "unknown", reason: "no answer in time" })),
    );
  }
});

/** An API whose reads the test answers, one by one. */
function answeredByHand(t: Test) {
  const begun: { readonly path: string; readonly answer: PromiseWithResolvers<unknown> }[] = [];
  const request = async <T>({ path, signal, timeoutMs }: ApiRequest): Promise<T> => {
    t.equal(signal, undefined, "nothing breaks it off");
    t.equal(timeoutMs, 1_000, "but time");
    const answer = Promise.withResolvers<unknown>();
    begun.push({ path, answer });
    return (await answer.promise) as T;
  };
  return { begun, api: { request, stream: () => t.fail("there are no watches") as never } };
}

t.test("createLiveReads() leaves a call that is late its connection, and starts none that is too late", async (t) => {
  const { begun, api } = answeredByHand(t);
  const reads = createLiveReads({ api, rules: {}, limit: createLimiter(1) });
  const deadline = startDeadline(50);
  await Promise.all(["a", "b"].map((name) => reads.namespace(name, deadline)));
  deadline.end();
  begun[0]?.answer.resolve({ metadata: {} });
  const next = startDeadline(5_000);
  const late = reads.namespace("c", next);
  await new Promise((resolve) => setImmediate(resolve));
  t.same(
    begun.map(({ path }) => path),
    ["/api/v1/namespaces/a", "/api/v1/namespaces/c"],
  );
  begun[1]?.answer.resolve({ metadata: { name: "c", uid: "n1" } });
  t.match(await late, { is: "present" });
  next.end();
});

t.test(
  "createLiveReads() shares a read between those that came before it began, and with nobody who came later",
  async (t) => {
    const { begun, api } = answeredByHand(t);
    const reads = createLiveReads({ api, rules: {}, limit: createLimiter(1) });
    const deadlines: AdmissionDeadline[] = [];
    const read = () => {
      const deadline = startDeadline(5_000);
      deadlines.push(deadline);
      return reads.namespace("shop", deadline);
    };
    const enabled = (value: string) => ({
      metadata: { name: "shop", uid: "n1", labels: { "restamp.dev/enabled": value } },
    });
    const first = read();
    const waiting = [read(), read()];
    // It has gone, but not all who wait for the same read.
    deadlines[1]?.end();
    begun[0]?.answer.resolve(enabled("first"));
    t.match(await first, { marks: { labels: { "restamp.dev/enabled": "first" } } });
    await new Promise((resolve) => setImmediate(resolve));
    const later = read();
    begun[1]?.answer.resolve(enabled("second"));
    for (const each of waiting) t.match(await each, { marks: { labels: { "restamp.dev/enabled": "second" } } });
    await new Promise((resolve) => setImmediate(resolve));
    begun[2]?.answer.resolve(enabled("third"));
    t.match(await later, { marks: { labels: { "restamp.dev/enabled": "third" } } });
    t.equal(begun.length, 3, "the two that waited had one read");
    for (const deadline of deadlines) deadline.end();
  },
);
