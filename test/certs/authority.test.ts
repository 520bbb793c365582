import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer } from "node:tls";
import t from "tap";
import { backdateMs, createAuthority, issueServingCertificate, serviceNames } from "../../certs/authority.ts";
import { isSignedBy, type PemPair } from "../../certs/certificate-pair.ts";

const day = 86_400_000;
const now = Date.now();

/** Undefined if a client that trusts `ca` gets through to a server with `pair`, else why not. */
async function handshake(pair: PemPair, client: { ca: string; servername: string }): Promise<string | undefined> {
  const server = createServer(pair, (socket) => socket.end());
  server.on("tlsClientError", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ port, host: "127.0.0.1", ...client });
  try {
    await once(socket, "secureConnect");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
    server.close();
  }
}

t.test("createAuthority() makes a certificate authority that can sign leaves only", async (t) => {
  const authority = await createAuthority({ now, validityMs: 365 * day });
  const certificate = new X509Certificate(authority.cert);
  t.ok(certificate.ca);
  t.ok(isSignedBy(certificate, certificate));
  t.match(certificate.subject, /^CN=restamp webhook CA [0-9a-f]{8}$/);
  t.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048);
  const other = new X509Certificate((await createAuthority({ now, validityMs: 365 * day })).cert);
  t.not(other.subject, certificate.subject, "each has its own subject");
});

t.test("issueServingCertificate() makes what TLS clients accept", async (t) => {
  const authority = await createAuthority({ now, validityMs: 365 * day });
  const names = [...serviceNames("hook", "restamp"), "localhost", "127.0.0.1", "::1"];
  const pair = await issueServingCertificate(authority, { names, now, validityMs: 90 * day });
  const ca = authority.cert;
  t.equal(await handshake(pair, { ca, servername: "hook.restamp.svc" }), undefined);
  t.equal(await handshake(pair, { ca, servername: "hook.restamp.svc.cluster.local" }), undefined);
  t.equal(await handshake(pair, { ca, servername: "localhost" }), undefined);
  t.equal(await handshake(pair, { ca, servername: "other.restamp.svc" }), "ERR_TLS_CERT_ALTNAME_INVALID");
  const stranger = await createAuthority({ now, validityMs: 365 * day });
  t.match(await handshake(pair, { ca: stranger.cert, servername: "hook.restamp.svc" }), /UNABLE_TO_(GET|VERIFY)/);
  const both = stranger.cert + ca;
  t.equal(await handshake(pair, { ca: both, servername: "hook.restamp.svc" }), undefined, "in a bundle of two");

  const certificate = new X509Certificate(pair.cert);
  t.notOk(certificate.ca);
  t.same(certificate.keyUsage, ["1.3.6.1.5.5.7.3.1"], "extended key usage is serverAuth");
  for (const ip of ["127.0.0.1", "::1"]) t.equal(certificate.checkIP(ip), ip);
});

t.test("issueServingCertificate() keeps to the limits of X.509", async (t) => {
  const authority = await createAuthority({ now, validityMs: 30 * day });
  const label = "x".repeat(63);
  const names = serviceNames(label, label);
  const serials = new Set<string>();
  for (let count = 0; count < 5; count++) {
    const pair = await issueServingCertificate(authority, { names, now, validityMs: 90 * day });
    const certificate = new X509Certificate(pair.cert);
    serials.add(certificate.serialNumber);
    t.match(certificate.serialNumber, /^[4-7][0-9A-F]{31}$/, "serial number is positive and of 16 bytes");
    t.equal(certificate.checkHost(names[0] ?? ""), names[0], "names longer than a common name may be");
    t.equal(certificate.validTo, new X509Certificate(authority.cert).validTo, "it does not outlive its authority");
    const start = Math.floor((now - 300_000) / 1000) * 1000;
    t.equal(certificate.validFromDate.getTime(), start, "it starts 5 minutes early");
  }
  t.equal(serials.size, 5);
  const dated = await createAuthority({ now: Date.UTC(2049, 5, 1), validityMs: 3650 * day });
  t.equal(new X509Certificate(dated.cert).validToDate.getUTCFullYear(), 2059, "dates after 2049 are of another type");
});

t.test("issueServingCertificate() refuses", async (t) => {
  const authority = await createAuthority({ now, validityMs: day });
  const life = { now, validityMs: day };
  await t.rejects(issueServingCertificate(authority, { ...life, names: [] }), { message: /no names/ });
  const broken = { cert: authority.cert, key: authority.key.slice(0, 500) };
  await t.rejects(issueServingCertificate(broken, { ...life, names: ["a"] }), { message: /not an RSA certificate/ });
});

t.test("backdateMs() is five minutes, less for short lives", async (t) => {
  t.equal(backdateMs(90 * day), 300_000);
  t.equal(backdateMs(60_000), 6_000);
});
