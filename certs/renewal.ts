import type { X509Certificate } from "node:crypto";
import { backdateMs } from "./authority.ts";
import { isSignedBy, type PemPair, readPair, uncoveredNames } from "./certificate-pair.ts";

/** What is there: the serving pair and the authority (bundle, the signing one first), as far as each exists. */
export interface CertificateState {
  readonly serving: PemPair | undefined;
  readonly authority: PemPair | undefined;
}

/** What is wanted. */
export interface CertificatePolicy {
  /** DNS names and IP addresses that the serving certificate must cover. */
  readonly names: readonly string[];
  /** How long a serving certificate lives. It is renewed when two thirds of that have passed. */
  readonly servingValidityMs: number;
  /** How long an authority lives: at least three times `servingValidityMs`. */
  readonly authorityValidityMs: number;
}

/**
 * What to do.
 * - `keep`: nothing before `dueAt` (milliseconds since the epoch).
 * - `renew-serving`: a new serving certificate of the present authority; at once, or only when every API server
 *   trusts that authority (`published`), because the certificate in use is good and of another authority.
 * - `renew-authority`: a new authority. The serving certificate is kept if it is good: the new authority is
 *   published first and signs a serving certificate later.
 */
export type Renewal =
  | { readonly kind: "keep"; readonly dueAt: number }
  | { readonly kind: "renew-serving"; readonly reason: string; readonly when: "now" | "published" }
  | { readonly kind: "renew-authority"; readonly reason: string; readonly serving: "keep" | "renew" };

/** A certificate that can be used until it is due, or why it can not. */
type Health =
  | { readonly good: true; readonly certificate: X509Certificate; readonly dueAt: number; readonly notAfter: number }
  | { readonly good: false; readonly reason: string };

/**
 * Checks durations.
 *
 * @throws RangeError if the authority would not outlive the certificates it signs by far enough to be replaced
 * in time.
 */
export function checkPolicy(policy: CertificatePolicy): void {
  if (policy.servingValidityMs > 0 && policy.authorityValidityMs >= 3 * policy.servingValidityMs) return;
  throw new RangeError(
    `Cannot plan certificates: the authority lives ${policy.authorityValidityMs} ms and the serving certificate ` +
      `${policy.servingValidityMs} ms: let the authority live at least three times as long`,
  );
}

/** Decides about renewal from what is there, what is wanted and the time (milliseconds since the epoch). Pure. */
export function decideRenewal(state: CertificateState, policy: CertificatePolicy, now: number): Renewal {
  const authority = authorityHealth(state.authority, policy, now);
  const serving = servingHealth(state.serving, policy, now);
  if (!authority.good || authority.dueAt <= now) {
    const reason = authority.good ? "authority is due for renewal" : authority.reason;
    return { kind: "renew-authority", reason, serving: serving.good ? "keep" : "renew" };
  }
  if (!serving.good) return { kind: "renew-serving", reason: serving.reason, when: "now" };
  if (!isSignedBy(serving.certificate, authority.certificate)) {
    return { kind: "renew-serving", reason: "serving certificate is of another authority", when: "published" };
  }
  if (serving.dueAt <= now) {
    return { kind: "renew-serving", reason: "serving certificate is due for renewal", when: "now" };
  }
  return { kind: "keep", dueAt: Math.min(serving.dueAt, authority.dueAt) };
}

function authorityHealth(pair: PemPair | undefined, policy: CertificatePolicy, now: number): Health {
  const health = pairHealth("authority", pair, { validityMs: policy.authorityValidityMs, now });
  if (!health.good) return health;
  if (!health.certificate.ca) return { good: false, reason: "authority is not a certificate authority" };
  // It must still be there when a serving certificate that it signs now expires.
  return { ...health, dueAt: Math.min(health.dueAt, health.notAfter - policy.servingValidityMs) };
}

function servingHealth(pair: PemPair | undefined, policy: CertificatePolicy, now: number): Health {
  const health = pairHealth("serving certificate", pair, { validityMs: policy.servingValidityMs, now });
  if (!health.good) return health;
  const uncovered = uncoveredNames(health.certificate, policy.names);
  if (uncovered.length === 0) return health;
  return { good: false, reason: `serving certificate does not cover ${uncovered.map((n) => `"${n}"`).join(", ")}` };
}

function pairHealth(what: string, pem: PemPair | undefined, at: { validityMs: number; now: number }): Health {
  if (pem === undefined) return { good: false, reason: `there is no ${what}` };
  const pair = tryRead(pem);
  if (typeof pair === "string") return { good: false, reason: `${what} is unusable: ${pair}` };
  const { leaf: certificate, notBefore, notAfter } = pair;
  if (notAfter <= at.now) return { good: false, reason: `${what} expired at ${new Date(notAfter).toISOString()}` };
  // One that is not valid yet is good: it came from a leader whose clock is ahead of this one's.
  // A life longer than wanted counts as the wanted one, so that a shortened validity takes effect.
  const issuedAt = notBefore + backdateMs(at.validityMs);
  const life = Math.min(notAfter - issuedAt, at.validityMs);
  return { good: true, certificate, notAfter, dueAt: issuedAt + (life * 2) / 3 };
}

function tryRead(pem: PemPair) {
  try {
    return readPair(pem);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
