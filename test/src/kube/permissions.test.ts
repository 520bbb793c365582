import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import type { ApiRequest } from "../../../src/core/ports.ts";
import { watchPermissions } from "../../../src/kube/permissions.ts";

const patch: ApiRequest = { method: "PATCH", path: "/apis/apps/v1/namespaces/shop/deployments/cart" };
const byRbac = 'deployments.apps "cart" is forbidden: User "u" cannot patch resource "deployments" in API group "apps"';
const byAdmission = 'deployments.apps "cart" is forbidden: a policy says no';

function watched() {
  const state = { answer: undefined as ClusterError | undefined, now: 0 };
  const api = {
    async request<T>(): Promise<T> {
      if (state.answer !== undefined) throw state.answer;
      return {} as T;
    },
    async *stream<T>(): AsyncGenerator<T> {},
    close: async () => undefined,
  };
  const permissions = watchPermissions({ api, clock: { now: () => state.now } });
  const ask = async (request: ApiRequest, answer?: ClusterError): Promise<readonly string[]> => {
    state.answer = answer;
    await permissions.api.request(request).catch(() => undefined);
    return permissions.missing();
  };
  return { state, ask, permissions };
}

const forbidden = (message: string) => new ClusterError("forbidden", message);

t.test("watchPermissions() names what RBAC refuses, until it is granted", async (t) => {
  const { ask } = watched();
  const text = 'grant "patch" on "deployments.apps" in namespace "shop"';
  t.same(await ask(patch, forbidden(byRbac)), [text]);
  t.same(await ask({ method: "GET", path: patch.path }), [text], "another verb says nothing about it");
  t.same(await ask(patch), []);
});

t.test("watchPermissions() leaves out other reasons for 403, and other failures", async (t) => {
  const { ask } = watched();
  t.same(await ask(patch, forbidden(byAdmission)), []);
  t.same(await ask(patch, new ClusterError("unavailable", byRbac)), []);
});

t.test("watchPermissions() does not believe an API server that has just come back", async (t) => {
  const { ask, state } = watched();
  await ask(patch, new ClusterError("unavailable", "connect ECONNREFUSED"));
  t.same(await ask(patch, forbidden(byRbac)), []);
  state.now = 10_000;
  t.equal((await ask(patch, forbidden(byRbac))).length, 1, "but when it goes on refusing");
});

t.test("watchPermissions() forgets what is no longer asked for", async (t) => {
  const { ask, state, permissions } = watched();
  await ask(patch, forbidden(byRbac));
  state.now = 7 * 60_000;
  t.same(permissions.missing(), []);
});

t.test("watchPermissions() names a few of many", async (t) => {
  const { ask, permissions } = watched();
  for (let shop = 0; shop < 8; shop++) {
    await ask({ method: "GET", path: `/api/v1/namespaces/shop-${shop}/secrets/db` }, forbidden(byRbac));
  }
  t.equal(permissions.missing().at(0), 'grant "get" on "secrets" in namespace "shop-0"');
  t.equal(permissions.missing().at(-1), "3 more");
});

t.test("watchPermissions() does not grow with the number of namespaces", async (t) => {
  const { ask, permissions } = watched();
  for (let shop = 0; shop < 1_100; shop++) {
    await ask({ method: "GET", path: `/api/v1/namespaces/shop-${shop}/secrets/db` }, forbidden(byRbac));
  }
  t.equal(permissions.missing().at(-1), "995 more");
});
