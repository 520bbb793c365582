import { X509Certificate } from "node:crypto";
import { backdateMs } from "./authority.ts";
import { isSignedBy } from "./certificate-pair.ts";
import type { CertificatePolicy } from "./renewal.ts";

/** What the authorities to trust follow from. All PEM. */
export interface TrustSources {
  /** Bundle whose first certificate is the authority that signs. */
  readonly authority: string;
  /** The serving certificate in use. */
  readonly serving: string | undefined;
  /** What API servers trust at present (`caBundle`), whoever wrote it; undefined or empty if nothing. */
  readonly published: string | undefined;
}

/** More authorities than this are only possible if somebody keeps destroying them; the oldest go first. */
const maxAuthorities = 8;

/**
 * The authorities to trust, as PEM: the signing one first, then former ones. A former one stays until it expires
 * or until every certificate signed by it has expired, so that replacing an authority breaks no request. Whatever
 * it signed was signed before its successor existed, hence ends at most one serving validity later. The one that
 * signed the certificate in use always stays. The same sources give the same text.
 *
 * @throws TypeError if `authority` holds no certificate.
 */
export function trustBundle(sources: TrustSources, policy: CertificatePolicy, now: number): string {
  const [signing, ...former] = readLoosely(sources.authority);
  if (signing === undefined) throw new TypeError("Cannot make trust bundle: there is no authority");
  const serving = readLoosely(sources.serving)[0];
  const successorAt = signing.validFromDate.getTime() + backdateMs(policy.authorityValidityMs);
  const signedInUse = (candidate: X509Certificate) => serving !== undefined && isSignedBy(serving, candidate);
  const kept = [...former, ...readLoosely(sources.published)].filter((candidate) => {
    if (candidate.validToDate.getTime() <= now) return false;
    return now <= successorAt + policy.servingValidityMs || signedInUse(candidate);
  });
  kept.sort(
    (a, b) =>
      Number(signedInUse(b)) - Number(signedInUse(a)) ||
      b.validFromDate.getTime() - a.validFromDate.getTime() ||
      a.fingerprint256.localeCompare(b.fingerprint256, "en"),
  );
  const unique = new Map([signing, ...kept].map((certificate) => [certificate.fingerprint256, certificate]));
  return [...unique.values()].slice(0, maxAuthorities).map(String).join("");
}

/** SHA-256 of the authority that signs: the first certificate of a PEM bundle. Undefined if nothing can be read. */
export function signingFingerprint(authority: string | undefined): string | undefined {
  return readLoosely(authority)[0]?.fingerprint256;
}

/** Whether a PEM bundle holds the certificate with this fingerprint. */
export function trusts(bundle: string, fingerprint: string): boolean {
  return readLoosely(bundle).some((one) => one.fingerprint256 === fingerprint);
}

/** Foreign text: what can be read of it is used, the rest is nobody's loss. */
function readLoosely(pem: string | undefined): X509Certificate[] {
  const blocks = pem?.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return blocks.flatMap((text) => {
    try {
      return [new X509Certificate(text)];
    } catch {
      return [];
    }
  });
}
