import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { createClusterAccess, kubeconfigProblem } from "../../../src/kube/kube-config.ts";

interface Parts {
  cluster?: object;
  user?: object;
  context?: object;
  current?: string;
}

function kubeconfig({ cluster = {}, user = {}, context = {}, current = "c" }: Parts = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "k", cluster: { server: "https://127.0.0.1:6443/prefix", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [
      { name: "c", context: { cluster: "k", user: "u", namespace: "shop", ...context } },
      { name: "other", context: { cluster: "k", user: "u" } },
    ],
    "current-context": current,
  });
}

function fakeClock() {
  let now = 1_000_000;
  return {
    now: () => now,
    pass(ms: number) {
      now += ms;
    },
  };
}

t.test("createClusterAccess() reads server, namespace, TLS and headers", async (t) => {
  const ca = Buffer.from("ca pem").toString("base64");
  const cluster = {
    "certificate-authority-data": ca,
    "tls-server-name": "kubernetes",
    "proxy-url": "http://proxy:3128",
  };
  const file = join(t.testdir({ config: kubeconfig({ cluster, user: { token: "t0ken" } }) }), "config");
  const access = createClusterAccess({ kubeconfig: file }, { clock: fakeClock() });
  t.match(access, { server: "https://127.0.0.1:6443/prefix", namespace: "shop", proxyUrl: "http://proxy:3128" });
  const { headers, tls } = await access.credentials();
  t.same(headers, { authorization: "Bearer t0ken" });
  t.same(tls, { ca: Buffer.from("ca pem"), servername: "kubernetes" });
});

t.test("createClusterAccess() knows the other ways to log in", async (t) => {
  const cases = [
    { title: "basic", user: { username: "a", password: "b" }, want: { headers: { authorization: "Basic YTpi" } } },
    { title: "impersonation", user: { as: "jane" }, want: { headers: { "impersonate-user": "jane" } } },
    {
      title: "client certificate",
      user: { "client-certificate-data": "Y2VydA==", "client-key-data": "a2V5" },
      want: { tls: { cert: Buffer.from("cert"), key: Buffer.from("key") } },
    },
  ];
  for (const { title, user, want } of cases) {
    const file = join(t.testdir({ config: kubeconfig({ user }) }), "config");
    t.match(await createClusterAccess({ kubeconfig: file }, { clock: fakeClock() }).credentials(), want, title);
  }
  const file = join(t.testdir({ config: kubeconfig({ cluster: { "insecure-skip-tls-verify": true } }) }), "config");
  const { tls } = await createClusterAccess({ kubeconfig: file }, { clock: fakeClock() }).credentials();
  t.same(tls, { rejectUnauthorized: false });
});

t.test("createClusterAccess() allows plain http, as of kubectl proxy", async (t) => {
  const file = join(t.testdir({ config: kubeconfig({ cluster: { server: "http://127.0.0.1:8001" } }) }), "config");
  const access = createClusterAccess({ kubeconfig: file }, { clock: fakeClock() });
  t.equal(access.server, "http://127.0.0.1:8001");
  t.same((await access.credentials()).headers, {});
});

t.test("credentials() reads files again after a while, and at once after a 401", async (t) => {
  const dir = t.testdir({ config: kubeconfig({ user: { token: "one" } }), cert: "cert 1", key: "key 1" });
  const file = join(dir, "config");
  const clock = fakeClock();
  const write = (token: string) =>
    writeFileSync(file, kubeconfig({ user: { token, "client-certificate": "cert", "client-key": "key" } }));
  write("one");
  const access = createClusterAccess({ kubeconfig: file, maxAgeMs: 10_000 }, { clock });

  const first = await access.credentials();
  t.equal(await access.credentials(), first, "the same object as long as nothing changed");
  clock.pass(10_001);
  t.equal(await access.credentials(), first);
  t.equal(await access.credentials(first), first, "nothing newer after a 401");

  writeFileSync(join(dir, "cert"), "cert 2");
  t.equal(await access.credentials(), first, "not read again yet");
  clock.pass(10_001);
  const second = await access.credentials();
  t.same(second.tls.cert, Buffer.from("cert 2"));

  write("two");
  rmSync(join(dir, "cert"));
  clock.pass(10_001);
  t.equal(await access.credentials(), second, "a file that is being replaced is waited for");
  await t.rejects(access.credentials(second), /ENOENT/);
  writeFileSync(join(dir, "cert"), "cert 2");
  const third = await access.credentials(second);
  t.equal(third.headers["authorization"], "Bearer two");
  t.equal(third.tls, second.tls, "TLS material that did not change stays the same object");
  t.equal(await access.credentials(second), third, "a late 401 of the former ones reads nothing");
  const [one, other] = await Promise.all([access.credentials(third), access.credentials(third)]);
  t.equal(one, other);
});

t.test("createClusterAccess() says what is wrong", async (t) => {
  const cases = [
    { title: "no file", config: undefined, context: undefined, want: /^Cannot read kubeconfig ".*config": ENOENT/ },
    { title: "not YAML", config: "{", context: undefined, want: /^Cannot read kubeconfig ".*config": .*\(1:2\)$/ },
    { title: "empty", config: "", context: undefined, want: /^Cannot read kubeconfig ".*config": .*input is empty$/ },
    {
      title: "no current context",
      config: kubeconfig({ current: "" }),
      context: undefined,
      want: /no current context is set, known are "c", "other"$/,
    },
    {
      title: "unknown context",
      config: kubeconfig(),
      context: "nope",
      want: /context "nope" does not exist, known are "c", "other"$/,
    },
    {
      title: "unknown cluster",
      config: kubeconfig({ context: { cluster: "x" } }),
      context: undefined,
      want: /cluster "x" of context "c" does not exist$/,
    },
    {
      title: "unknown user",
      config: kubeconfig({ context: { user: "x" } }),
      context: undefined,
      want: /user "x" of context "c" does not exist$/,
    },
    {
      title: "bad server",
      config: kubeconfig({ cluster: { server: "nowhere" } }),
      context: undefined,
      want: /"nowhere" is not the URL of an API server$/,
    },
  ];
  for (const { title, config, context, want } of cases) {
    const file = join(t.testdir(config === undefined ? {} : { config }), "config");
    const make = () =>
      createClusterAccess({ kubeconfig: file, ...(context === undefined ? {} : { context }) }, { clock: fakeClock() });
    t.throws(make, { message: want }, title);
  }
});

t.test("credentials() says whose certificate cannot be read", async (t) => {
  const file = join(t.testdir({ config: kubeconfig({ user: { "client-certificate": "gone" } }) }), "config");
  const access = createClusterAccess({ kubeconfig: file }, { clock: fakeClock() });
  await t.rejects(access.credentials(), { message: /^Cannot read the credentials of user "u": ENOENT/ });
});

const kubeconfigs = [
  { title: "a usable one", config: kubeconfig(), want: undefined },
  { title: "text that is not YAML", config: "a: 1\n  b: t0ken", want: /^bad indentation of a mapping entry \(2:4\)$/ },
  { title: "an empty file", config: "", want: /^expected a document, but the input is empty$/ },
  { title: "an empty object", config: "{}", want: /^no current context is set, known are none$/ },
  { title: "other text", config: "t0ken", want: /^no current context is set, known are none$/ },
  { title: "half a cluster", config: '{"clusters":[{"name":"k"}]}', want: /^clusters\[0\]\.cluster is missing$/ },
  { title: "an unknown user", config: kubeconfig({ context: { user: "x" } }), want: /^user "x" of context "c" does/ },
];
for (const { title, config, want } of kubeconfigs) {
  t.test(`kubeconfigProblem() of ${title}`, async (t) => {
    const problem = kubeconfigProblem(join(t.testdir({ config }), "config"));
    if (want === undefined) t.equal(problem, undefined);
    else t.match(problem, want);
    t.notMatch(problem, "t0ken", "the file may hold a token");
  });
}
