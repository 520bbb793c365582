import { createHash, createHmac } from "node:crypto";
import { request } from "node:https";
import t from "tap";
import { sourceDigest } from "../../src/core/digest.ts";
import { readDigestKeys } from "../../src/core/digest-keys.ts";
import { parseStamp } from "../../src/core/stamp.ts";
import { startControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";
import { review } from "../helpers/admission.ts";
import { installRestamp } from "../helpers/install.ts";
import { untilGranted } from "../helpers/rights.ts";
import { assertNoSecrets, everythingWritten, secretMarker, secretValue } from "../helpers/secrecy.ts";
import { envFrom, openShop, type Shop } from "../helpers/shop.ts";

// P8: nobody learns the content of a Secret from a stamp, a log line, an Event, a metric or a call to the webhook.

type SecretObject = KubeObject & { readonly data: Readonly<Record<string, string>> };

interface Response {
  readonly allowed: boolean;
  readonly patch?: string;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: object;
}

const plane = await startControlPlane({ controllerManager: true });
t.teardown(() => plane.stop());
const debug = "--log-level=debug";
const install = await installRestamp(plane, {
  webhook: "self-managed",
  controllerArgs: [debug, "--settle=0s", "--min-interval=0s"],
  webhookArgs: [debug, "--admission-timeout=900ms"],
});
const { kube } = install;
const shop = await openShop(install, "p8");
const password = secretValue("hunter2");

t.test("stamps of equal Secrets differ", async (t) => {
  const elsewhere = await openShop(install, "p8-elsewhere");
  const digests = await Promise.all([
    digestOf(shop, "equal-1"),
    digestOf(shop, "equal-2"),
    digestOf(elsewhere, "equal-1"),
  ]);
  t.equal(new Set(digests).size, 3, "by name and by namespace");
});

t.test("a stamp cannot be verified without the key", async (t) => {
  const digest = await digestOf(shop, "guessed");
  const known = await kube.get<SecretObject>(`/api/v1/namespaces/${install.namespace}/secrets/restamp-keys`);
  const [key] = readDigestKeys(known).keys;
  if (key === undefined) throw new Error("There is no digest key");
  const sha256 = createHash("sha256").update(password).digest("base64url");
  const content = new Map([["password", { sha256, binary: false }]]);
  const digestWith = (bytes: Buffer): string =>
    sourceDigest({ id: key.id, bytes }, { kind: "Secret", namespace: "p8", name: "guessed" }, content);
  t.equal(digestWith(key.bytes), digest, "with the key it can");

  const secret = await kube.get<SecretObject>("/api/v1/namespaces/p8/secrets/guessed");
  const { uid = "", resourceVersion = "" } = secret.metadata;
  const keys = ["", key.id, "restamp", "restamp/v1", install.namespace, "p8", "guessed", uid, "\0".repeat(32)];
  for (const wrong of keys) t.not(digestWith(Buffer.from(wrong)), digest, `not with ${JSON.stringify(wrong)}`);

  const values = [password, secret.data["password"] ?? "", JSON.stringify(secret.data), `password${password}`];
  const guesses = values.flatMap((value) => [value, `p8/guessed/${value}`, `${uid}${value}`, resourceVersion + value]);
  const hashes = ["md5", "sha1", "sha256", "sha512"].flatMap((algorithm) =>
    guesses.flatMap((guess) => [
      createHash(algorithm).update(guess).digest("base64url"),
      ...keys.map((wrong) => createHmac(algorithm, wrong).update(guess).digest("base64url")),
    ]),
  );
  t.notOk(
    hashes.find((hash) => hash.startsWith(digest.slice(0, 21))),
    "nor by a hash of what it may hold",
  );
});

t.test("a forged review for a namespace that has not opted in returns nothing", async (t) => {
  const closed = await openShop(install, "p8-closed", {});
  for (const each of [shop, closed]) await kube.create(each.secret("db", { password: "hunter2" }));
  const forged = (namespace: string, userInfo = { username: "mallory" }): string =>
    review({ namespace, userInfo, object: closed.deployment("cart", envFrom({ secret: "db" })) });
  const controller = { username: `system:serviceaccount:${install.namespace}:restamp-controller` };
  t.ok((await ask(forged("p8"))).patch, "one for a namespace that has opted in gets a stamp");
  for (const body of [forged("p8-closed"), forged("p8-closed", controller), forged("no-such-namespace")]) {
    const { patch, warnings, auditAnnotations, allowed } = await ask(body);
    t.same({ patch, warnings, allowed }, { patch: undefined, warnings: undefined, allowed: true });
    t.notMatch(JSON.stringify(auditAnnotations ?? {}), /db|v1:/);
  }
});

t.test("no log line, Event, metric or record has a Secret's value or a key", async (t) => {
  await everyUseOfSecrets();
  const written = await everythingWritten(
    kube,
    [...install.controllers, ...present(install.webhook)],
    install.namespace,
  );
  t.ok(
    written.some(({ where, text }) => where.startsWith("log") && text.includes("Restart decision")),
    "the logs are there",
  );
  t.ok(
    written.some(({ where, text }) => where.includes("events.k8s.io") && text.includes("Secret")),
    "so are the Events",
  );
  assertNoSecrets(written);
  const own = await kube.list<SecretObject>(`/api/v1/namespaces/${install.namespace}/secrets`);
  const ownBytes = own.flatMap(({ data }) => Object.values(data)).map((text) => Buffer.from(text, "base64"));
  const values = [...["hunter2", "hunter3"].map((text) => Buffer.from(secretValue(text))), ...ownBytes];
  t.ok(ownBytes.length >= 5, "a digest key, the webhook's certificate and its authority");
  const leaks = values.flatMap(formsOf).flatMap((form) => written.filter(({ text }) => text.includes(form)));
  t.same(
    leaks.map(({ where }) => where),
    [],
    "nor a plain hash of one",
  );
});

/** What bytes look like, and their plain hashes. */
function formsOf(bytes: Buffer): string[] {
  const hashes = ["sha512", "sha256", "sha1", "md5"].map((each) => createHash(each).update(bytes).digest());
  const texts = [bytes, ...hashes].flatMap((each) => [
    each.toString("hex"),
    each.toString("base64").replace(/=+$/, ""),
    each.toString("base64url"),
  ]);
  return [bytes.toString(), ...texts];
}

/** The digest of a Secret with one password, as the stamp of a Deployment that uses it has it. */
async function digestOf(where: Shop, name: string): Promise<string> {
  await kube.create(where.secret(name, { password: "hunter2" }));
  await kube.create(where.deployment(name, envFrom({ secret: name })));
  const parsed = parseStamp((await where.stamp(name)) ?? "");
  return (parsed.is === "stamp" && parsed.stamp.entries.get(`secret/${name}`)) || "none";
}

/** Secrets that are created by kubectl, change, cannot be read, lack a key, match a pattern, and whose workload is refused. */
async function everyUseOfSecrets(): Promise<void> {
  const path = "/api/v1/namespaces/p8/secrets/used";
  const yaml = JSON.stringify(shop.secret("used", { password: "hunter2", other: "hunter2" }));
  await kube.kubectl(["apply", "-f", "-"], yaml);
  const pod = {
    containers: [{ name: "main", volumeMounts: [{ name: "v", mountPath: "/v" }] }],
    volumes: [{ name: "v", secret: { secretName: "used", items: [{ key: "missing", path: "x" }] } }],
  };
  const extra = { metadata: { annotations: { "restamp.dev/extra": "secret/us*" } } };
  await kube.create(shop.deployment("by-name", envFrom({ secret: "used" })));
  await kube.create(shop.deployment("by-pattern", {}, extra));
  await kube.create(shop.deployment("lacks-key", pod));
  await kube.patch(path, { stringData: { password: secretValue("hunter3") } });
  await shop.rolled("by-name", 2);
  await shop.rolled("by-pattern", 2);
  const role = "/apis/rbac.authorization.k8s.io/v1/clusterroles/restamp-controller";
  const { rules } = await kube.get<KubeObject & { rules: { resources: string[]; verbs: string[] }[] }>(role);
  const blind = rules.map((rule) =>
    rule.resources.includes("secrets") ? { ...rule, verbs: ["list", "watch"] } : rule,
  );
  await kube.patch(role, { rules: blind });
  const account = { namespace: install.namespace, name: "restamp-controller" };
  await untilGranted(kube, { account, verb: "get", resource: "secrets", namespace: "p8", name: "used" }, false);
  await kube.patch(path, { stringData: { password: secretValue("hunter2") } });
  await kube.waitFor<{ items: { note: string }[] }>("/apis/events.k8s.io/v1/namespaces/p8/events", ({ items }) =>
    items.some(({ note }) => note.includes("forbidden")),
  );
  await kube.patch(role, { rules });
  await kube.delete(path);
  await shop.caughtUp();
}

/** Sends a review to the webhook as the API server does, and returns the response. */
async function ask(body: string): Promise<Response> {
  type Hook = { clientConfig: { caBundle: string; service: { name: string; namespace: string; port: number } } };
  const configuration = await kube.get<{ webhooks: Hook[] }>(
    "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/restamp",
  );
  const [hook] = configuration.webhooks;
  if (hook === undefined) throw new Error("There is no webhook");
  const { caBundle, service } = hook.clientConfig;
  const options = {
    ...{ host: "127.0.0.1", port: service.port, path: "/mutate", method: "POST" },
    servername: `${service.name}.${service.namespace}.svc`,
    ca: Buffer.from(caBundle, "base64"),
    headers: { "content-type": "application/json" },
  };
  const answer = await new Promise<string>((resolve, reject) => {
    const call = request(options, async (response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      resolve(Buffer.concat(chunks).toString());
    });
    call.on("error", reject).end(body);
  });
  if (answer.includes(secretMarker)) throw new Error(`The webhook tells a secret: ${answer}`);
  return (JSON.parse(answer) as { response: Response }).response;
}

function present<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}
