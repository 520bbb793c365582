import { once } from "node:events";
import { rename, rm, writeFile } from "node:fs/promises";
import { Agent, createServer, request } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import t from "tap";
import type { PemPair } from "../../certs/certificate-pair.ts";
import { createLogger } from "../../src/observe/logger.ts";
import { type ServingPair, tlsOptions } from "../../webhook/certificate-check.ts";
import { createServingCertificate, type ServingCertificateOptions } from "../../webhook/serving-certificate.ts";
import { waitFor } from "../controlplane/wait-for.ts";
import { createSecretVolume } from "../helpers/secret-volume.ts";
import { clientPair, testAuthority, testPair } from "../helpers/serving-pair.ts";

type Test = Pick<typeof t, "teardown" | "fail">;

const secret = (pair: PemPair) => ({ "tls.crt": pair.cert, "tls.key": pair.key });

/** A certificate that follows `folder`, with a record of what it told. */
function follow(t: Test, folder: string, more: Partial<ServingCertificateOptions> = {}) {
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  const told = { reloads: [] as ServingPair[], refusals: [] as string[], warnings: [] as string[] };
  const clock = { ahead: 0, now: () => Date.now() + clock.ahead };
  const log = {
    debug: () => undefined,
    info: () => undefined,
    warn: (_: object, message: string) => void told.warnings.push(message),
    error: (fields: object, message: string) => t.fail(message, fields),
  };
  const hooks = {
    onReload: (pair: ServingPair) => void told.reloads.push(pair),
    onReloadError: (problem: string) => void told.refusals.push(problem),
  };
  const files = { certFile: join(folder, "tls.crt"), keyFile: join(folder, "tls.key"), pollMs: 3_600_000 };
  const certificate = createServingCertificate({ log, clock, ...hooks }, { ...files, ...more });
  return { certificate, told, clock, stop, started: certificate.start(stop.signal) };
}

/** An HTTPS server with the certificate in use, and clients that say which certificate they saw. */
async function serve(t: Test, { certificate }: Pick<ReturnType<typeof follow>, "certificate">) {
  const pair = certificate.current();
  if (pair === undefined) throw new Error("there is no certificate");
  const server = createServer(tlsOptions(pair), (_, response) => response.end("ok"));
  certificate.onChange((next) => server.setSecureContext(tlsOptions(next)));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.teardown(() => void server.close().closeAllConnections());
  const { port } = server.address() as AddressInfo;

  return async function get(ca: string, client: { agent?: Agent; pair?: PemPair } = {}): Promise<string> {
    const { agent = new Agent(), pair } = client;
    const sent = request({ port, host: "127.0.0.1", servername: "hook.restamp.svc", ca, agent, ...pair });
    sent.end();
    const [response] = await once(sent, "response");
    const { fingerprint256 } = (response.socket as TLSSocket).getPeerCertificate();
    await response.resume().toArray();
    if (client.agent === undefined) agent.destroy();
    return fingerprint256;
  };
}

t.test("start() waits for the first usable pair", async (t) => {
  const authority = await testAuthority();
  const [pair, other] = [await testPair(authority), await testPair(authority)];
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  const { certificate, started, told } = follow(t, volume.folder);
  t.equal(certificate.problem(), `no certificate yet: waiting for ${join(volume.folder, "tls.crt")}`);
  t.equal(certificate.current(), undefined);
  await volume.write({ "tls.crt": "", "tls.key": "" });
  await waitFor(() => told.refusals.length === 1);
  t.match(certificate.problem(), /^no usable certificate: Cannot read certificate: /);
  await volume.write(secret({ cert: pair.cert, key: other.key }));
  await waitFor(() => told.refusals.length === 2);
  await volume.write(secret(pair));
  await started;
  t.equal(certificate.problem(), undefined);
  t.match(told.reloads, [{ cert: pair.cert, key: pair.key }]);
});

t.test("start() rejects with its signal, and polls a folder that is not there", async (t) => {
  const ended = follow(t, join(t.testdir({}), "none"), { pollMs: 1 });
  ended.stop.abort(new Error("enough"));
  await t.rejects(ended.started, { message: "enough" });

  const dir = join(t.testdir({}), "later");
  const { certificate, started, told } = follow(t, dir, { pollMs: 20, expectedNames: ["other.restamp.svc"] });
  t.match(certificate.problem(), /^no certificate yet/);
  const volume = await createSecretVolume(dir);
  await volume.write(secret(await testPair(await testAuthority())));
  await started;
  t.same(told.warnings, ["Serving certificate does not cover the names it is called by"]);
});

t.test("a swap by the kubelet reaches new connections and leaves open ones alone", async (t) => {
  const authority = await testAuthority();
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  await volume.write(secret(await testPair(authority)));
  const followed = follow(t, volume.folder);
  await followed.started;
  const get = await serve(t, followed);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.teardown(() => agent.destroy());
  const first = await get(authority.cert, { agent });

  const next = await testAuthority();
  await volume.write(secret(await testPair(next)));
  await waitFor(() => followed.told.reloads.length === 2);
  const second = await get(next.cert);
  t.not(second, first, "a new connection sees the new certificate, of another authority");
  t.equal(followed.certificate.current()?.fingerprint, second);
  t.equal(await get(authority.cert, { agent }), first, "an open connection goes on");
  await t.rejects(get(authority.cert), { code: /UNABLE|SELF_SIGNED/ }, "the old authority is no longer enough");
});

t.test("a broken change is refused once and the pair in use stays", async (t) => {
  const authority = await testAuthority();
  const [pair, other] = [await testPair(authority), await testPair(authority)];
  const expired = await testPair(authority, Date.now() - 20 * 86_400_000);
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  await volume.write(secret(pair));
  const followed = follow(t, volume.folder, { pollMs: 20 });
  await followed.started;
  const { told, certificate } = followed;
  const get = await serve(t, followed);
  const first = await get(authority.cert);
  const cases = [
    { data: secret({ cert: pair.cert, key: other.key }), want: /another certificate/ },
    { data: secret({ cert: other.cert.slice(0, 600), key: other.key }), want: /no complete PEM/ },
    { data: secret(expired), want: /certificate expired at/ },
    { data: { "tls.crt": other.cert }, want: /"tls\.key"|is gone/ },
  ];
  for (const { data, want } of cases) {
    const before = told.refusals.length;
    await volume.write(data);
    await waitFor(() => told.refusals.length > before);
    // The same content in another version, twice polled: nothing more is told.
    await volume.write(data);
    t.equal(await get(authority.cert), first);
    t.match(told.refusals.slice(before), [want]);
    t.equal(told.refusals.length, before + 1);
    t.equal(certificate.problem(), undefined, "it can serve");
  }
  await volume.write(secret(pair));
  await volume.write(secret(other));
  await waitFor(() => certificate.current()?.cert === other.cert);
  t.equal(told.reloads.length, 2, "taking a refused change back swaps nothing");
  t.equal(told.refusals.length, cases.length, "nothing is refused twice");
});

t.test("half-written plain files are waited for, not refused", async (t) => {
  const authority = await testAuthority();
  const [pair, other] = [await testPair(authority), await testPair(authority)];
  const dir = t.testdir(secret(pair));
  const { certificate, started, told } = follow(t, dir, { pollMs: 10 });
  await started;
  await writeFile(join(dir, "tls.crt"), other.cert.slice(0, 500));
  await writeFile(join(dir, "tls.crt"), other.cert);
  await writeFile(join(dir, "tls.key.new"), other.key);
  await rename(join(dir, "tls.key.new"), join(dir, "tls.key"));
  await waitFor(() => certificate.current()?.cert === other.cert);
  t.same(told.refusals, []);
  await rm(join(dir, "tls.key"));
  await waitFor(() => told.refusals.length === 1);
  t.match(told.refusals, [/tls\.key" is gone/]);
  t.equal(certificate.problem(), undefined);
});

t.test("problem() tells when the certificate in use has expired", async (t) => {
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  const pair = await testPair(await testAuthority());
  await volume.write(secret(pair));
  const { certificate, started, clock } = follow(t, volume.folder);
  await started;
  clock.ahead = 10 * 86_400_000;
  const end = new Date(certificate.current()?.notAfter ?? 0).toISOString();
  t.equal(certificate.problem(), `certificate expired at ${end}`);
});

t.test("what fails on a swap is logged with its message, and the files are followed further", async (t) => {
  const authority = await testAuthority();
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  await volume.write(secret(await testPair(authority)));
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLogger({ level: "info", format: "json", version: "0", pod: "p", destination });
  const files = { certFile: join(volume.folder, "tls.crt"), keyFile: join(volume.folder, "tls.key"), pollMs: 20 };
  const certificate = createServingCertificate({ log, clock: { now: Date.now } }, files);
  const stop = new AbortController();
  t.teardown(() => stop.abort());
  await certificate.start(stop.signal);
  certificate.onChange(() => {
    throw new Error("the server does not take it");
  });
  for (const pair of [await testPair(authority), await testPair(authority)]) {
    await volume.write(secret(pair));
    await waitFor(() => certificate.current()?.cert === pair.cert);
  }
  const failures = lines.filter((line) => line.includes("Cannot load serving certificate"));
  t.match(failures, [/the server does not take it/, /the server does not take it/]);
});

t.test("client certificates are asked for, and their authorities are reloaded", async (t) => {
  const [authority, clients, nextClients] = [await testAuthority(), await testAuthority(), await testAuthority()];
  const server = await testPair(authority);
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  await volume.write({ ...secret(server), "ca.crt": clients.cert });
  const followed = follow(t, volume.folder, { clientCaFile: join(volume.folder, "ca.crt") });
  await followed.started;
  const get = await serve(t, followed);
  const client = await clientPair(clients);
  t.equal(await get(authority.cert, { pair: client }), followed.certificate.current()?.fingerprint);
  await t.rejects(get(authority.cert), "no client certificate");
  await t.rejects(get(authority.cert, { pair: await clientPair(nextClients) }), "one of a strange authority");
  await volume.write({ ...secret(server), "ca.crt": nextClients.cert });
  await waitFor(() => followed.certificate.current()?.clientCa === nextClients.cert);
  await t.rejects(get(authority.cert, { pair: client }), "one of the former authority");
  t.ok(await get(authority.cert, { pair: await clientPair(nextClients) }));
});
