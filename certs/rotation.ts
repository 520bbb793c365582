import { createAuthority, issueServingCertificate } from "./authority.ts";
import type { PemPair } from "./certificate-pair.ts";
import type { CertificatePolicy, CertificateState, Renewal } from "./renewal.ts";
import { type TrustSources, trustBundle } from "./trust-bundle.ts";

/** What is there after a renewal: everything. `authority.cert` is the whole bundle to trust. */
export interface CompleteCertificates {
  readonly serving: PemPair;
  readonly authority: PemPair;
}

/**
 * Carries a decision out: makes what it asks for and keeps the rest, and brings the bundle up to date. With `keep`
 * only the bundle can change. `published` is what API servers trust at present.
 *
 * @throws TypeError if `renewal` keeps something that is not there; `decideRenewal()` never says so.
 */
export async function carryOut(
  renewal: Renewal,
  state: CertificateState & Pick<TrustSources, "published">,
  context: { readonly policy: CertificatePolicy; readonly now: number },
): Promise<CompleteCertificates> {
  const { policy, now } = context;
  const authority =
    renewal.kind === "renew-authority" ? await nextAuthority(state, context) : required(state.authority, "authority");
  const keepServing = renewal.kind === "keep" || (renewal.kind === "renew-authority" && renewal.serving === "keep");
  const serving = keepServing
    ? required(state.serving, "serving certificate")
    : await issueServingCertificate(authority, { names: policy.names, now, validityMs: policy.servingValidityMs });
  // The certificate that is replaced may be in use for as long as pods take to notice: its authority must stay.
  const sources = { authority: authority.cert, serving: state.serving?.cert, published: state.published };
  return { serving, authority: { cert: trustBundle(sources, policy, now), key: authority.key } };
}

async function nextAuthority(
  state: CertificateState,
  context: { readonly policy: CertificatePolicy; readonly now: number },
): Promise<PemPair> {
  const next = await createAuthority({ now: context.now, validityMs: context.policy.authorityValidityMs });
  return { cert: next.cert + (state.authority?.cert ?? ""), key: next.key };
}

function required(pair: PemPair | undefined, what: string): PemPair {
  if (pair === undefined) throw new TypeError(`Cannot keep ${what}: there is none`);
  return pair;
}
