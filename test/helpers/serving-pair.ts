import forge from "node-forge";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import type { PemPair } from "../../certs/certificate-pair.ts";

const day = 86_400_000;

/** An authority, for tests: valid for 30 days. */
export function testAuthority(now: number = Date.now()): Promise<PemPair> {
  return createAuthority({ now, validityMs: 30 * day });
}

/** A serving certificate for "hook.restamp.svc" and "localhost", valid for 10 days from `now`. */
export function testPair(authority: PemPair, now: number = Date.now()): Promise<PemPair> {
  return issueServingCertificate(authority, {
    names: ["hook.restamp.svc", "localhost"],
    now,
    validityMs: 10 * day,
  });
}

/** A client certificate of that authority: like a serving one, for the other purpose. */
export async function clientPair(authority: PemPair): Promise<PemPair> {
  const { cert, key } = await testPair(authority);
  const certificate = forge.pki.certificateFromPem(cert);
  certificate.setExtensions([{ name: "extKeyUsage", clientAuth: true }]);
  certificate.sign(forge.pki.privateKeyFromPem(authority.key), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate), key };
}
