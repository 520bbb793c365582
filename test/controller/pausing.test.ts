import t from "tap";
import { ownPause, pauseOperations, resume } from "../../controller/pausing.ts";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { isMark, readPolicy } from "../../src/core/policy.ts";
import { readWorkload } from "../../src/core/workload.ts";
import { createWorkloadKinds } from "../../src/core/workload-kinds.ts";
import { applyJsonPatch } from "../helpers/json-patch.ts";
import { startLocalApiServer } from "../helpers/local-api-server.ts";

// What the API server makes of it is a test in test/e2e.

const reloader = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
const now = Date.parse("2026-06-01T12:00:30Z");
const [since, minute] = ["2026-06-01T12:00:00Z", 60_000];
const begun = Date.parse(since);

interface Given {
  readonly annotations: Readonly<Record<string, string>>;
  readonly kind?: readonly [group: string, kind: string];
  readonly dialects?: readonly (typeof reloader)[];
}

function pauseOf({ annotations, kind: [group, name] = ["apps", "Deployment"], dialects = [reloader] }: Given) {
  const rules = { settleMs: 0, minIntervalMs: 0, dialects };
  const kind = createWorkloadKinds().find(group, name);
  if (kind === undefined) throw new Error(`There is no kind ${name}`);
  const object = { metadata: { annotations }, spec: { paused: true } };
  const workload = readWorkload(kind, object, (key) => isMark(key, rules));
  const policy = readPolicy(workload.marks, { labels: {}, annotations: {} }, rules);
  return ownPause(workload, { policy, rules, now });
}

const own = { [keys.pausePeriod]: "1m", [keys.pausedAt]: since };
const cases: readonly (Given & { readonly title: string; readonly want?: { key: string; until: number } })[] = [
  { title: "none of nobody's", annotations: {} },
  { title: "none of its users'", annotations: { [keys.pausePeriod]: "1m" } },
  { title: "restamp's", annotations: own, want: { key: keys.pausedAt, until: begun + minute } },
  {
    title: "Reloader's",
    annotations: { [reloaderKeys.pausePeriod]: "2m", [reloaderKeys.pausedAt]: since },
    want: { key: reloaderKeys.pausedAt, until: begun + 2 * minute },
  },
  {
    title: "Reloader's of before, for restamp's own period",
    annotations: { [keys.pausePeriod]: "1m", [reloaderKeys.pausedAt]: since },
    want: { key: reloaderKeys.pausedAt, until: begun + minute },
  },
  { title: "none of a dialect that is not understood", annotations: { [reloaderKeys.pausedAt]: since }, dialects: [] },
  {
    title: "one that nobody asks for any more: over at once",
    annotations: { [keys.pausedAt]: since },
    want: { key: keys.pausedAt, until: begun },
  },
  {
    title: "one whose period cannot be read: over at once",
    annotations: { ...own, [keys.pausePeriod]: "long" },
    want: { key: keys.pausedAt, until: begun },
  },
  {
    title: "one whose time cannot be read: over at once",
    annotations: { ...own, [keys.pausedAt]: "yesterday" },
    want: { key: keys.pausedAt, until: 0 },
  },
  {
    title: "one that is far ahead: over at once",
    annotations: { ...own, [keys.pausedAt]: "2999-01-01T00:00:00Z" },
    want: { key: keys.pausedAt, until: 0 },
  },
  {
    title: "one of a clock that is a little ahead",
    annotations: { ...own, [keys.pausedAt]: "2026-06-01T12:00:40Z" },
    want: { key: keys.pausedAt, until: now + 10_000 + minute },
  },
  { title: "none of a kind that cannot be paused", annotations: own, kind: ["apps", "StatefulSet"] },
];
for (const { title, want, ...given } of cases) {
  const pause = pauseOf(given);
  t.same(pause && { key: pause.key, until: pause.until }, want, `ownPause() is ${title}`);
  t.equal(pause?.text, want && given.annotations[want.key], `ownPause() is ${title}: as it was written`);
}

const paused = { [reloaderKeys.pausedAt]: "2026-06-01T12:00:30Z" };
const objects = [
  { title: "an object without annotations", object: { metadata: {}, spec: {} }, annotations: paused },
  {
    title: "an object with annotations",
    object: { metadata: { annotations: { a: "b" } }, spec: { paused: false } },
    annotations: { a: "b", ...paused },
  },
  {
    title: "an object that was paused before",
    object: { metadata: { annotations: { [reloaderKeys.pausedAt]: "old" } }, spec: {} },
    annotations: paused,
  },
];
for (const { title, object, annotations } of objects) {
  const operations = pauseOperations(object, reloaderKeys.pausedAt, now + 123);
  const want = { metadata: { annotations }, spec: { paused: true } };
  t.same(applyJsonPatch(object, operations), want, `pauseOperations() pauses ${title}`);
  const meanwhile = { ...object, spec: { paused: true } };
  t.equal(applyJsonPatch(meanwhile, operations), undefined, `${title}: not if its users have paused it meanwhile`);
}

t.same(
  pauseOperations({ metadata: {}, spec: { paused: true } }, keys.pausedAt, now),
  [],
  "pauseOperations() leaves what its users have paused to them",
);

t.test("resume() that is answered with a 404 looks whether the workload is gone", async (t) => {
  const { answers, api, close } = await startLocalApiServer();
  t.teardown(close);
  const kind = createWorkloadKinds().find("apps", "Deployment");
  if (kind === undefined) throw new Error("There is no kind Deployment");
  const metadata = { name: "web", namespace: "shop", uid: "u1", annotations: own };
  const object = { metadata, spec: { paused: true } };
  const end = () =>
    resume(api, readWorkload(kind, object), {
      pause: { key: keys.pausedAt, text: since, until: 0 },
      signal: new AbortController().signal,
    });
  t.strictSame(await end(), { is: "gone" });
  const path = "/apis/apps/v1/namespaces/shop/deployments/web";
  answers.set(path, { object });
  t.match(await end(), { is: "rejected", message: /404/ }, "admission has refused");
  answers.set(path, { object: { ...object, spec: { paused: false } } });
  t.match(await end(), { is: "outdated" }, "somebody else has ended it");
});
