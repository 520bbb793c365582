import { generateKeyPair, randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import type forge from "node-forge";
import type { PemPair } from "./certificate-pair.ts";

/** How long a new certificate is to live. */
export interface Lifetime {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly validityMs: number;
}

type Forge = typeof forge;
type Extension = Readonly<Record<string, unknown>>;

const maxBackdateMs = 5 * 60_000;

/**
 * How far the start of a certificate lies before the moment it is made, so that a verifier whose clock is behind
 * accepts it at once: 5 minutes, or a tenth of a validity shorter than 50 minutes.
 */
export function backdateMs(validityMs: number): number {
  return Math.min(maxBackdateMs, validityMs / 10);
}

/** The names by which a Service is called inside its cluster. API servers verify webhooks against the first. */
export function serviceNames(service: string, namespace: string): string[] {
  return [`${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
}

/**
 * Makes a self-signed certificate authority (RSA-2048: node-forge knows no EC keys) that may sign leaves only.
 * Each has a subject of its own, so that in a bundle of several nobody takes one for the other.
 */
export async function createAuthority(lifetime: Lifetime): Promise<PemPair> {
  const forge = await loadForge();
  const { publicKey, key } = await createKeyPair();
  const certificate = startCertificate(forge, publicKey, lifetime);
  const subject = commonName(`restamp webhook CA ${certificate.serialNumber.slice(0, 8)}`);
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
  ] satisfies Extension[]);
  certificate.sign(forge.pki.privateKeyFromPem(key), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}

/**
 * Issues a serving certificate (RSA-2048) for `names`, which are DNS names or IP addresses. It never outlives its
 * authority. Signing blocks the event loop for about 25 ms; making the keys does not.
 *
 * @throws TypeError if the authority's PEM is unreadable or `names` is empty.
 */
export async function issueServingCertificate(
  authority: PemPair,
  options: Lifetime & { readonly names: readonly string[] },
): Promise<PemPair> {
  if (options.names.length === 0) throw new TypeError("Cannot issue serving certificate: it has no names");
  const forge = await loadForge();
  const issuer = readAuthority(forge, authority);
  const { publicKey, key } = await createKeyPair();
  const certificate = startCertificate(forge, publicKey, options, issuer.certificate.validity.notAfter);
  // The names are in the extension: a common name may have 64 characters only (RFC 5280, ub-common-name).
  certificate.setSubject(commonName("restamp webhook"));
  certificate.setIssuer(issuer.certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true, keyEncipherment: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectKeyIdentifier" },
    {
      name: "authorityKeyIdentifier",
      keyIdentifier: issuer.certificate.generateSubjectKeyIdentifier().getBytes(),
    },
    { name: "subjectAltName", altNames: options.names.map(alternativeName) },
  ] satisfies Extension[]);
  certificate.sign(issuer.key, forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}

/** Loaded when a certificate is made, which most processes never do: it costs 7 MB and 44 ms. */
async function loadForge(): Promise<Forge> {
  return (await import("node-forge")).default;
}

function readAuthority(forge: Forge, authority: PemPair) {
  try {
    return {
      certificate: forge.pki.certificateFromPem(authority.cert),
      key: forge.pki.privateKeyFromPem(authority.key),
    };
  } catch {
    throw new TypeError("Cannot issue serving certificate: the authority is not an RSA certificate with its key");
  }
}

async function createKeyPair(): Promise<{ publicKey: string; key: string }> {
  const pair = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return { publicKey: pair.publicKey, key: pair.privateKey };
}

function startCertificate(forge: Forge, publicKey: string, lifetime: Lifetime, notAfterLimit?: Date) {
  const certificate = forge.pki.createCertificate();
  const notAfter = lifetime.now + lifetime.validityMs;
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  certificate.serialNumber = createSerialNumber();
  certificate.validity.notBefore = new Date(lifetime.now - backdateMs(lifetime.validityMs));
  certificate.validity.notAfter = new Date(Math.min(notAfter, notAfterLimit?.getTime() ?? notAfter));
  return certificate;
}

function createSerialNumber(): string {
  const bytes = randomBytes(16);
  // Positive and in its shortest form (RFC 5280, 4.1.2.2; X.690, 8.3.2): the first byte is 0x40 to 0x7f.
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString("hex");
}

function commonName(value: string) {
  return [{ name: "commonName", value }];
}

function alternativeName(name: string) {
  // RFC 5280, 4.2.1.6: dNSName is choice 2, iPAddress choice 7.
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}
