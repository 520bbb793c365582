import t, { type Test } from "tap";
import type { ReflectorOptions } from "../../../src/kube/reflector-options.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import {
  type Answer,
  cutWatch,
  endedWatch,
  json,
  refusal,
  startScriptedServer,
  watchLines,
} from "../../helpers/scripted-server.ts";
import { type ReflectorSetup, startReflector } from "../../helpers/start-reflector.ts";

const object = (name: string, resourceVersion: number) => ({
  metadata: { name, namespace: "shop", resourceVersion: String(resourceVersion) },
});
const added = (name: string, resourceVersion: number) => ({ type: "ADDED", object: object(name, resourceVersion) });
const bookmark = (resourceVersion: number) => ({
  type: "BOOKMARK",
  object: { metadata: { resourceVersion: String(resourceVersion) } },
});
const initialEnd = (resourceVersion: number) => ({
  type: "BOOKMARK",
  object: {
    metadata: { resourceVersion: String(resourceVersion), annotations: { "k8s.io/initial-events-end": "true" } },
  },
});
const error = (code: number, reason: string) => ({
  type: "ERROR",
  object: { kind: "Status", code, reason, message: "no" },
});
const synced = watchLines(added("a", 4), initialEnd(5));

async function start(
  t: Test,
  answers: readonly Answer[],
  options: Partial<ReflectorOptions> = {},
  deps: ReflectorSetup["deps"] = {},
) {
  const server = await startScriptedServer(...answers);
  t.teardown(() => server.close());
  return { server, ...startReflector(t, server.access, { deps, options: { maxBackoffMs: 50, ...options } }) };
}

t.test("followWatch() syncs by WatchList and goes on in the same watch", async (t) => {
  const events = [
    added("a", 3),
    added("b", 4),
    initialEnd(5),
    { type: "MODIFIED", object: object("a", 6) },
    { type: "DELETED", object: object("b", 7) },
  ];
  const { server, handler, reflector } = await start(t, [watchLines(...events)]);
  await waitFor(() => handler.calls.length === 6);
  t.same(handler.calls, ["listing", "item shop/a", "item shop/b", "listed", "modified shop/a", "deleted shop/b"]);
  t.ok(reflector.hasSynced());
  t.equal(server.seen.length, 1);
  const [url] = server.seen;
  t.match(url, /sendInitialEvents=true&resourceVersionMatch=NotOlderThan/);
  t.match(url, /allowWatchBookmarks=true/);
  const seconds = Number(/timeoutSeconds=(\d+)/.exec(url ?? "")?.[1]);
  t.ok(seconds >= 300 && seconds <= 600, `${seconds} s`);
});

t.test("followWatch() resumes from the last resourceVersion, without listing", async (t) => {
  const breaks: readonly { title: string; answer: Answer; options?: Partial<ReflectorOptions>; from: number }[] = [
    { title: "after a clean end", answer: endedWatch(added("b", 8)), from: 8 },
    { title: "after a bookmark", answer: endedWatch(bookmark(9)), from: 9 },
    { title: "after a cut line", answer: cutWatch(`${JSON.stringify(added("b", 8))}\n{"type":"ADD`), from: 8 },
    { title: "after a server that does not answer", answer: () => undefined, options: { idleMs: 150 }, from: 5 },
    { title: "after 500", answer: refusal(500, "InternalError", "no"), from: 5 },
    { title: "after 429", answer: refusal(429, "TooManyRequests", "no"), from: 5 },
    { title: "after 403", answer: refusal(403, "Forbidden", "no"), from: 5 },
    { title: "after an ERROR event", answer: endedWatch(added("b", 8), error(500, "InternalError")), from: 8 },
    { title: "after a line that is no event", answer: endedWatch(added("b", 8), [1]), from: 8 },
  ];
  for (const { title, answer, options, from } of breaks) {
    const first = endedWatch(added("a", 4), initialEnd(5));
    const { server, handler } = await start(t, [first, answer, watchLines(added("c", 20))], options);
    await waitFor(() => handler.names().includes("shop/c"), { describe: title });
    t.match(server.seen[1], /resourceVersion=5$/, title);
    t.match(server.seen[2], new RegExp(`resourceVersion=${from}$`), title);
    t.equal(handler.listings(), 1, title);
  }
});

t.test("followWatch() honors Retry-After", async (t) => {
  const refused = refusal(429, "TooManyRequests", "slow down", { "retry-after": "1" });
  const { server } = await start(t, [refused, synced], { maxBackoffMs: 600 });
  const startedAt = Date.now();
  await waitFor(() => server.seen.length === 2);
  t.ok(Date.now() - startedAt >= 950);
});

t.test("followWatch() lists again at once after 410", async (t) => {
  const gone: readonly [string, Answer][] = [
    ["as a status", refusal(410, "Expired", "too old")],
    ["as an event", endedWatch(error(410, "Expired"))],
    ["when the API server counts from an older number", watchLines(added("b", 3))],
  ];
  for (const [title, answer] of gone) {
    const first = endedWatch(added("a", 4), initialEnd(5));
    const { handler } = await start(t, [first, answer, watchLines(added("c", 8), initialEnd(9))]);
    await waitFor(() => handler.listings() === 2, { describe: title });
    t.same(handler.names(), ["shop/c"], title);
  }
});

t.test("followWatch() opens a silent watch again, after a look at where the API server is", async (t) => {
  const current = (resourceVersion: string) => json(200, { metadata: { resourceVersion }, items: [] });
  const silent = watchLines(added("a", 4), initialEnd(5), added("b", 8));
  const cases: readonly { title: string; look: Answer; next: RegExp }[] = [
    { title: "half-open", look: current("9"), next: /resourceVersion=8$/ },
    { title: "not allowed to look", look: refusal(403, "Forbidden", "no"), next: /resourceVersion=8$/ },
    { title: "etcd was restored", look: current("7"), next: /sendInitialEvents=true/ },
  ];
  for (const { title, look, next } of cases) {
    const { server, reflector, log } = await start(t, [silent, look, watchLines(added("c", 20))], { idleMs: 150 });
    await waitFor(() => server.seen.length >= 3, { describe: title });
    t.match(server.seen[1], /limit=1$/, title);
    t.match(server.seen[2], next, title);
    if (title === "etcd was restored") continue;
    t.equal(reflector.state().failure, undefined, "silence is no failure");
    t.notOk(log.lines.some(({ level }) => level === "warn"));
  }
});

t.test("followWatch() reports no list that did not come to its end", async (t) => {
  const { handler } = await start(t, [endedWatch(added("old", 4)), watchLines(added("new", 4), initialEnd(5))]);
  await waitFor(() => handler.listings() === 1);
  t.same(handler.calls, ["listing", "item shop/old", "listing", "item shop/new", "listed"]);
  t.same(handler.names(), ["shop/new"]);
});

t.test("followWatch() falls back to pages", async (t) => {
  const page: Answer = (_request, response) => void response.end('{"metadata":{"resourceVersion":"7"},"items":[]}');
  const cases: readonly { title: string; answers: readonly Answer[] }[] = [
    { title: "where WatchList is rejected", answers: [refusal(422, "Invalid", "sendInitialEvents is forbidden")] },
    { title: "where it is a bad request", answers: [refusal(400, "BadRequest", "unknown")] },
    { title: "where it never ends", answers: [endedWatch(added("a", 4)), endedWatch(added("a", 4))] },
  ];
  for (const { title, answers } of cases) {
    const { server, handler } = await start(t, [...answers, page, watchLines()]);
    await waitFor(() => handler.listings() === 1, { describe: title });
    t.match(server.seen[answers.length], /limit=500/, title);
  }
});

t.test("followWatch() does not run hot on a server that ends every watch at once", async (t) => {
  const { server } = await start(t, [endedWatch(initialEnd(5)), endedWatch(bookmark(5))], { maxBackoffMs: 30_000 });
  await new Promise((resolve) => setTimeout(resolve, 1200));
  t.ok(server.seen.length <= 4, `${server.seen.length} requests`);
});

t.test("followWatch() survives objects that cannot be handled, and names them", async (t) => {
  const project = (each: { metadata?: { name?: string } }) => {
    if (each.metadata?.name === "bad") throw new Error("hm");
    return each;
  };
  const events = [added("bad", 2), added("a", 3), initialEnd(4), added("bad", 5), added("b", 6)];
  const { handler, log } = await start(t, [watchLines(...events)], {}, { project });
  await waitFor(() => handler.names().length === 2);
  t.same(handler.names(), ["shop/a", "shop/b"]);
  const failures = log.lines.filter(({ level }) => level === "error");
  t.match(failures, [
    { fields: { resource: "configmaps", name: "shop/bad", what: "item" } },
    { fields: { what: "added" } },
  ]);
});

t.test("followWatch() counts", async (t) => {
  const counts: string[] = [];
  const metrics = {
    listed: (resource: string) => void counts.push(`listed ${resource}`),
    polled: (resource: string) => void counts.push(`polled ${resource}`),
    failed: (resource: string, code: string) => void counts.push(`failed ${resource} ${code}`),
    event: (resource: string, type: string) => void counts.push(`${type} ${resource}`),
  };
  const first = endedWatch(initialEnd(4), added("a", 5), error(500, "InternalError"));
  await start(t, [first, watchLines(added("b", 6))], {}, { metrics });
  await waitFor(() => counts.length === 4);
  t.same(counts, ["listed configmaps", "added configmaps", "failed configmaps unavailable", "added configmaps"]);
});

t.test("followWatch() says that it asks for a list before it does", async (t) => {
  const askedBefore: number[] = [];
  let asked = (): number => 0;
  const answer: Answer = (request, response) => {
    askedBefore.push(asked());
    refusal(500, "InternalError", "not now")(request, response);
  };
  const { handler } = await start(t, [answer]);
  asked = handler.asked;
  await waitFor(() => askedBefore.length >= 3);
  t.same(askedBefore.slice(0, 3), [1, 2, 3]);
});
