import t, { type Test } from "tap";
import { createPatternFinder } from "../../controller/pattern-finder.ts";
import { sourceKey } from "../../src/core/source.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { startLocalApiServer } from "../helpers/local-api-server.ts";
import { glob } from "../helpers/patterns.ts";
import { createRecordingLog } from "../helpers/recording-log.ts";

const apps = glob("ConfigMap", "app-*");
const flags = glob("ConfigMap", "flags-?");
const path = "/api/v1/namespaces/shop/configmaps?limit=500";
const list = (names: readonly string[], next = "") => ({
  object: { metadata: { continue: next }, items: names.map((name) => ({ metadata: { name } })) },
});

/** A finder in front of a server with two pages of ConfigMaps, and what it has found. */
async function finderFor(t: Test) {
  const cluster = await startLocalApiServer();
  const stopping = new AbortController();
  t.teardown(async () => {
    stopping.abort();
    await cluster.close();
  });
  cluster.answers.set(path, list(["app-1", "other"], "page2"));
  cluster.answers.set(`${path}&continue=page2`, list(["flags-1", "app-2"]));
  const found: string[][] = [];
  const finder = createPatternFinder({
    ...{ api: cluster.api, log: createRecordingLog(), signal: stopping.signal },
    onFound: (_namespace, sources) => found.push(sources.map(sourceKey)),
  });
  return { finder, found, asked: cluster.asked };
}

t.test("found() searches all pages, once for each pattern", async (t) => {
  const { finder, found, asked } = await finderFor(t);
  t.notOk(finder.found("shop", apps), "not known yet");
  t.notOk(finder.found("shop", apps), "and not searched for twice");
  await waitFor(() => found.length === 1);
  t.same(found, [["ConfigMap/shop/app-1", "ConfigMap/shop/app-2"]]);
  t.ok(finder.found("shop", apps));
  t.equal(asked.length, 2, "one request a page");
  t.notOk(finder.found("shop", flags), "another pattern is another search");
  await waitFor(() => found.length === 2);
  t.same(found[1], ["ConfigMap/shop/flags-1"]);
});

t.test("keep() forgets what is no longer in use, so that it is searched for anew", async (t) => {
  const { finder, found } = await finderFor(t);
  for (const pattern of [apps, flags]) finder.found("shop", pattern);
  await waitFor(() => found.length === 2);
  finder.keep("other", []);
  t.ok(finder.found("shop", apps), "another namespace is another matter");
  finder.keep("shop", [flags]);
  t.ok(finder.found("shop", flags), "in use");
  t.notOk(finder.found("shop", apps), "sources may have come that nobody followed");
  await waitFor(() => found.length === 3);
});

t.test("keep() ends the use of a search that is under way", async (t) => {
  const { finder, found, asked } = await finderFor(t);
  finder.found("shop", apps);
  finder.keep("shop", []);
  await waitFor(() => asked.length === 2);
  finder.found("shop", flags);
  await waitFor(() => found.length === 1);
  t.same(found, [["ConfigMap/shop/flags-1"]]);
});
