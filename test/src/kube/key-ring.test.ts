import t from "tap";
import { digestKeyData, makeDigestKey } from "../../../src/core/digest-keys.ts";
import { ClusterError } from "../../../src/core/errors.ts";
import type { ApiClient, ApiRequest } from "../../../src/core/ports.ts";
import { createKeyRing } from "../../../src/kube/key-ring.ts";

const { signal } = new AbortController();
const start = Date.parse("2026-01-01T00:00:00Z");
const old = makeDigestKey(start);
const young = makeDigestKey(start + 60_000);

const metadata = { name: "keys", uid: "u1" };
const secretOf = (...keys: Parameters<typeof digestKeyData>[0]) => ({ metadata, data: digestKeyData(keys) });

function create(propagationMs = 600_000) {
  const state = { now: start, answer: (): unknown => secretOf(old), paths: [] as string[] };
  const api: Pick<ApiClient, "request"> = {
    request: async <T>({ path }: ApiRequest) => {
      state.paths.push(path);
      return state.answer() as T;
    },
  };
  const deps = { api: api as ApiClient, clock: { now: () => state.now } };
  return { state, ring: createKeyRing(deps, { namespace: "restamp", name: "keys", propagationMs }) };
}

t.test("createKeyRing() knows nothing before the Secret was read", async (t) => {
  const { ring, state } = create();
  t.equal(ring.signing(), undefined);
  await ring.refresh(signal);
  t.strictSame(state.paths, ["/api/v1/namespaces/restamp/secrets/keys"]);
  t.equal(ring.signing()?.id, old.id);
});

t.test("signing() uses a new key when everybody has had time to read it", async (t) => {
  const { ring, state } = create();
  state.answer = () => secretOf(young, old);
  await ring.refresh(signal);
  t.ok(ring.find(young.id), "it verifies at once");
  state.now = start + 600_000;
  t.equal(ring.signing()?.id, old.id);
  state.now = start + 660_000;
  t.equal(ring.signing()?.id, young.id);
});

t.test("refresh() takes a missing Secret as no keys, but find() still knows those that were there", async (t) => {
  const { ring, state } = create();
  await ring.refresh(signal);
  state.answer = () => {
    throw new ClusterError("not-found", "Cannot get it");
  };
  await ring.refresh(signal);
  t.strictSame([ring.keys(), ring.signing()], [[], undefined]);
  t.equal(ring.find(old.id)?.id, old.id);
});

t.test("refresh() throws when it could not look, and keeps what it knows", async (t) => {
  const { ring, state } = create();
  await ring.refresh(signal);
  state.answer = () => {
    throw new ClusterError("forbidden", "Cannot get it");
  };
  await t.rejects(ring.refresh(signal), { code: "forbidden" });
  state.answer = () => ({});
  await t.rejects(ring.refresh(signal), { code: "unavailable" }, "what answers is not the API server");
  t.equal(ring.signing()?.id, old.id);
});
