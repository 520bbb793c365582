import t, { type Test } from "tap";
import { configMaps, secrets } from "../../../src/core/object-ref.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import { type Answer, json, refusal, startScriptedServer, watchLines } from "../../helpers/scripted-server.ts";
import { startReflector } from "../../helpers/start-reflector.ts";

const item = (name: string) => ({ metadata: { name, namespace: "shop" }, data: { password: "hunter2" } });
const page = (names: readonly string[], next = "") =>
  json(200, { kind: "List", metadata: { resourceVersion: "10", continue: next }, items: names.map(item) });
const options = { watchList: false, maxBackoffMs: 50 };

async function start(t: Test, ...answers: readonly Answer[]) {
  const server = await startScriptedServer(...answers);
  t.teardown(() => server.close());
  return { server, ...startReflector(t, server.access, { options }) };
}

t.test("listPages() asks page by page, then watches from there", async (t) => {
  const { server, handler } = await start(t, page(["a", "b"], "t1"), page(["c"], "t2"), page([]), watchLines());
  await waitFor(() => server.seen.length === 4);
  const calls = ["listing", "item shop/a", "item shop/b", "item shop/c", "listed"];
  t.same(handler.calls, calls);
  t.match(server.seen[0], /^\/api\/v1\/configmaps\?limit=500$/);
  t.match(server.seen[1], /limit=500&continue=t1$/);
  t.match(server.seen[3], /watch=true&allowWatchBookmarks=true&timeoutSeconds=\d+&resourceVersion=10$/);
});

t.test("listPages() begins again when a page fails, and reports no list before it is complete", async (t) => {
  const failures: readonly [string, Answer][] = [
    ["500", refusal(500, "InternalError", "etcd is down")],
    ["an expired token", refusal(410, "Expired", "The provided continue parameter is too old")],
    ["no JSON", (_request, response) => void response.end("<html>")],
    ["no list", json(200, { kind: "Status", status: "Success" })],
    [
      "a broken connection",
      (_request, response) => {
        response.writeHead(200, { "content-length": "1000" });
        response.write("{", () => response.socket?.destroy());
      },
    ],
  ];
  for (const [title, failure] of failures) {
    const broken = title === "a broken connection" ? [failure, failure] : [failure];
    const { handler } = await start(t, page(["a"], "t1"), ...broken, page(["b"], "t1"), page(["c"]), watchLines());
    await waitFor(() => handler.listings() === 1);
    t.same(handler.calls, ["listing", "item shop/a", "listing", "item shop/b", "item shop/c", "listed"], title);
    t.same(handler.names(), ["shop/b", "shop/c"], title);
  }
});

t.test("listPages() takes null for an empty list", async (t) => {
  const { handler } = await start(t, json(200, { metadata: { resourceVersion: "1" }, items: null }), watchLines());
  await waitFor(() => handler.listings() === 1);
  t.same(handler.names(), []);
});

t.test("listPages() hands over metadata alone, even when a server sends everything", async (t) => {
  const server = await startScriptedServer(page(["db"]), watchLines({ type: "ADDED", object: item("db2") }));
  t.teardown(() => server.close());
  const { handler } = startReflector(t, server.access, { watched: { resource: secrets, metadataOnly: true }, options });
  await waitFor(() => handler.names().length === 2);
  t.notMatch(JSON.stringify([...handler.objects()]), /hunter2/);
});

t.test("listPages() asks within a namespace and with selectors", async (t) => {
  const server = await startScriptedServer(page([]), watchLines());
  t.teardown(() => server.close());
  const watched = { resource: configMaps, namespace: "shop", fieldSelector: "metadata.name=a", labelSelector: "x=y,z" };
  startReflector(t, server.access, { watched, options });
  await waitFor(() => server.seen.length === 2);
  for (const url of server.seen) {
    t.match(url, /^\/api\/v1\/namespaces\/shop\/configmaps\?/);
    t.match(url, /fieldSelector=metadata.name%3Da&labelSelector=x%3Dy%2Cz/);
  }
});

t.test("listPages() says that it asks before it does", async (t) => {
  const askedBefore: number[] = [];
  let asked = (): number => 0;
  const answer: Answer = (request, response) => {
    askedBefore.push(asked());
    refusal(500, "InternalError", "not now")(request, response);
  };
  const { handler } = await start(t, answer);
  asked = handler.asked;
  await waitFor(() => askedBefore.length >= 3);
  t.same(askedBefore.slice(0, 3), [1, 2, 3]);
});
