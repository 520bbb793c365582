import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";

/** A certificate chain (leaf first) and the leaf's private key, both PEM. */
export interface PemPair {
  readonly cert: string;
  readonly key: string;
}

/** A pair that was read and found to belong together. */
export interface CertificatePair {
  readonly leaf: X509Certificate;
  readonly key: KeyObject;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  /** Milliseconds since the epoch. */
  readonly notAfter: number;
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order.
 *
 * @throws TypeError if there is none, or if one of them is cut off or damaged.
 */
export function readCertificates(pem: string): X509Certificate[] {
  const blocks = pem.match(block) ?? [];
  // A file that is being written ends inside a block: its beginning counts, its end is not there yet.
  if (blocks.length === 0 || blocks.length !== pem.split("-----BEGIN").length - 1) {
    throw new TypeError("Cannot read certificate: no complete PEM certificate in it");
  }
  try {
    return blocks.map((text) => new X509Certificate(text));
  } catch (cause) {
    throw new TypeError("Cannot read certificate: the PEM block holds no X.509 certificate", { cause });
  }
}

/**
 * Reads a chain and its key and checks that the key is the leaf's. Says nothing about expiry or names.
 *
 * @throws TypeError if either is unreadable or they do not belong together: TLS libraries accept such a pair
 * (an EC key with an RSA certificate, say) without complaint and then fail every handshake.
 */
export function readPair(pair: PemPair): CertificatePair {
  const [leaf] = readCertificates(pair.cert);
  if (leaf === undefined) throw new TypeError("Cannot read certificate: no complete PEM certificate in it");
  const key = readPrivateKey(pair.key);
  if (!leaf.checkPrivateKey(key)) {
    throw new TypeError("Cannot use certificate with private key: the key belongs to another certificate");
  }
  return { leaf, key, notBefore: leaf.validFromDate.getTime(), notAfter: leaf.validToDate.getTime() };
}

/** Which of `names` (DNS names or IP addresses) the certificate does not cover; its subject does not count. */
export function uncoveredNames(certificate: X509Certificate, names: readonly string[]): string[] {
  return names.filter((name) =>
    isIP(name) === 0
      ? certificate.checkHost(name, { subject: "never" }) === undefined
      : certificate.checkIP(name) === undefined,
  );
}

/** Whether `authority` signed `certificate`: name, key identifier and signature fit. */
export function isSignedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

function readPrivateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is dropped on purpose: nothing that has seen a private key goes into a log.
    throw new TypeError("Cannot read private key: no complete unencrypted PEM private key in it");
  }
}
