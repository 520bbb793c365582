import { serviceNames } from "../certs/authority.ts";
import { readCertificates } from "../certs/certificate-pair.ts";
import { type CertificatePolicy, checkPolicy, decideRenewal, type Renewal } from "../certs/renewal.ts";
import { type CompleteCertificates, carryOut } from "../certs/rotation.ts";
import { isClusterError } from "../src/core/errors.ts";
import type { ApiClient, Clock, Logger } from "../src/core/ports.ts";
import { type CaBundle, createCaBundle, type PublishedBundle } from "./ca-bundle.ts";
import { type CertificateSecret, createCertificateSecret, type StoredCertificates } from "./certificate-secret.ts";
import { createPublication, type Publication } from "./publication.ts";

/** What the self-managed certificate needs and whom it tells. */
export interface CertificateKeeperDeps {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly log: Logger;
  /** Something was made: a serving certificate, or an authority (and a serving certificate, unless that waits). */
  onRenewal?(what: "serving" | "authority"): void;
}

/** Which objects, and how long things take. All durations are milliseconds. */
export interface CertificateKeeperOptions {
  /** Namespace of the Secret and of the Service. */
  readonly namespace: string;
  /** @default "restamp-webhook-tls" */
  readonly secret?: string;
  /** Service in front of the webhook. */
  readonly service: string;
  /** Name of the one MutatingWebhookConfiguration. */
  readonly webhookConfiguration: string;
  /** Validity of the serving certificate, renewed after two thirds of it. @default 7776000000 (2160h, as cert-manager) */
  readonly servingValidityMs?: number;
  /**
   * Validity of the authority, at least three times that of the serving certificate. The default leaves 275 of 365
   * days before it must be replaced, so that it is replaced (after two thirds: 243 days) a third as often as the
   * serving certificate, with 32 days of grace. @default 31536000000 (8760h)
   */
  readonly authorityValidityMs?: number;
  /** How long after its publication an authority is taken to be known to all API servers. @default 120000 */
  readonly propagationMs?: number;
  /** How often everything is compared with what it should be. @default 60000 */
  readonly checkMs?: number;
}

/** What is known about the certificate; times are milliseconds since the epoch. */
export interface CertificateKeeperState {
  readonly notAfter: number | undefined;
  readonly authorityNotAfter: number | undefined;
  /** Whether API servers have been given every authority to trust. */
  readonly published: boolean;
  /** Why it is not in order, for readiness and for whoever looks; undefined if it is. */
  readonly problem: string | undefined;
}

/** Looks after the Secret and the webhook configuration, one round at a time. */
export interface CertificateKeeper {
  /**
   * Compares everything with what it should be and does what is due. Returns how many milliseconds the next round
   * can wait.
   *
   * @throws ClusterError to be tried again, and `invalid` for what somebody must put right.
   */
  check(signal: AbortSignal): Promise<number>;
  /** As of the last round that succeeded. */
  state(): CertificateKeeperState;
}

const attempts = 5;
/** Manifests are being applied: the configuration may come at any moment. */
const missingMs = 5_000;

/**
 * Makes the keeper of the self-managed certificate: a Secret with authority and serving certificate, and the
 * authorities in the webhook configuration. It acts on what it reads and may run at any time, also beside another.
 *
 * @throws RangeError if the durations do not fit together.
 */
export function createCertificateKeeper(
  deps: CertificateKeeperDeps,
  options: CertificateKeeperOptions,
): CertificateKeeper {
  return new SecretKeeper(deps, options);
}

class SecretKeeper implements CertificateKeeper {
  readonly #deps: CertificateKeeperDeps;
  readonly #options: CertificateKeeperOptions;
  readonly #policy: CertificatePolicy;
  readonly #secret: CertificateSecret;
  readonly #caBundle: CaBundle;
  #state: CertificateKeeperState = {
    notAfter: undefined,
    authorityNotAfter: undefined,
    published: false,
    problem: "the certificate was not checked yet",
  };
  readonly #publication: Publication;

  constructor(deps: CertificateKeeperDeps, options: CertificateKeeperOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#policy = {
      names: serviceNames(options.service, options.namespace),
      servingValidityMs: options.servingValidityMs ?? 2160 * 3_600_000,
      authorityValidityMs: options.authorityValidityMs ?? 8760 * 3_600_000,
    };
    checkPolicy(this.#policy);
    this.#publication = createPublication(deps.clock);
    const name = options.secret ?? "restamp-webhook-tls";
    this.#secret = createCertificateSecret(deps.api, { namespace: options.namespace, name });
    this.#caBundle = createCaBundle(deps.api, options.webhookConfiguration);
  }

  state(): CertificateKeeperState {
    return this.#state;
  }

  async check(signal: AbortSignal): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#round(signal);
      } catch (error) {
        // Somebody else wrote in between (a failed `test` of a patch is 422): read again.
        const stale = isClusterError(error, "conflict") || (isClusterError(error, "invalid") && error.status === 422);
        if (!stale || attempt === attempts) throw error;
      }
    }
  }

  async #round(signal: AbortSignal): Promise<number> {
    const now = this.#deps.clock.now();
    const stored = await this.#secret.read(signal);
    // Without a look at the configuration the certificate must still be kept alive: the failure is thrown afterwards.
    const looked = await settle(this.#caBundle.read(signal));
    const published = looked.ok ? looked.value : undefined;
    this.#publication.observe(stored.authority?.cert, published);
    const decision = decideRenewal(stored, this.#policy, now);
    const waitMs = looked.ok && published === undefined ? 0 : this.#waitMs(decision, stored);
    const renewal = waitMs > 0 ? ({ kind: "keep", dueAt: now + waitMs } as const) : decision;
    const state = { ...stored, published: published?.bundles.join("") };
    const certificates = await carryOut(renewal, state, { policy: this.#policy, now });
    await this.#store(stored, { certificates, renewal }, signal);
    if (!looked.ok) throw looked.error;
    await this.#publish(published, certificates, signal);
    return this.#conclude(certificates, { published, renewal });
  }

  /** How long to wait with a serving certificate of an authority that not every API server may know yet. */
  #waitMs(decision: Renewal, stored: StoredCertificates): number {
    if (decision.kind !== "renew-serving" || decision.when === "now" || stored.serving === undefined) return 0;
    const { propagationMs = 120_000 } = this.#options;
    // One that expires meanwhile is worse than one that an API server does not know for a moment.
    const urgent = (notAfter(stored.serving.cert) ?? 0) - propagationMs <= this.#deps.clock.now();
    return urgent ? 0 : this.#publication.remainingMs(propagationMs);
  }

  async #store(
    stored: StoredCertificates,
    next: { readonly certificates: CompleteCertificates; readonly renewal: Renewal },
    signal: AbortSignal,
  ): Promise<void> {
    const { certificates, renewal } = next;
    if (renewal.kind === "keep" && stored.authority?.cert === certificates.authority.cert) return;
    await this.#secret.write(stored, certificates, signal);
    if (renewal.kind === "keep") return;
    const { reason } = renewal;
    this.#deps.log.info({ renewal: renewal.kind, reason }, "Self-managed certificate renewed");
    this.#deps.onRenewal?.(renewal.kind === "renew-authority" ? "authority" : "serving");
  }

  async #publish(
    published: PublishedBundle | undefined,
    certificates: CompleteCertificates,
    signal: AbortSignal,
  ): Promise<void> {
    const bundle = certificates.authority.cert;
    if (published?.bundles.some((one) => one !== bundle)) {
      await this.#caBundle.publish(published, bundle, signal);
      const fields = {
        configuration: this.#options.webhookConfiguration,
        authorities: readCertificates(bundle).length,
      };
      this.#deps.log.info(fields, "Authorities published in caBundle");
      this.#publication.observe(bundle, { ...published, bundles: published.bundles.map(() => bundle) });
    }
  }

  #conclude(
    certificates: CompleteCertificates,
    round: { readonly published: PublishedBundle | undefined; readonly renewal: Renewal },
  ): number {
    const { webhookConfiguration: name, checkMs = 60_000, propagationMs = 120_000 } = this.#options;
    const found = round.published !== undefined;
    this.#state = {
      notAfter: notAfter(certificates.serving.cert),
      authorityNotAfter: notAfter(certificates.authority.cert),
      published: found,
      problem: found
        ? undefined
        : `MutatingWebhookConfiguration "${name}" is not there: apply the manifests, or name the right one`,
    };
    if (!found) return Math.min(missingMs, checkMs);
    // Even if every round saw a reason for another renewal, it would be one for each check.
    const nextMs = round.renewal.kind === "keep" ? round.renewal.dueAt - this.#deps.clock.now() : propagationMs;
    return Math.max(0, Math.min(nextMs, checkMs));
  }
}

async function settle<T>(promise: Promise<T>): Promise<{ ok: true; value: T } | { ok: false; error: unknown }> {
  try {
    return { ok: true, value: await promise };
  } catch (error) {
    return { ok: false, error };
  }
}

/** When the first certificate of a PEM text ends. */
function notAfter(pem: string): number | undefined {
  return readCertificates(pem)[0]?.validToDate.getTime();
}
