import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { readPair, uncoveredNames } from "../certs/certificate-pair.ts";
import type { Clock, Logger } from "../src/core/ports.ts";
import { type Assessment, assessCertificateFiles, expiry, type ServingPair } from "./certificate-check.ts";
import { type CertificateFileNames, readCertificateFiles } from "./certificate-files.ts";
import { watchFolders } from "./folder-watch.ts";

/** What the certificate needs and whom it tells. */
export interface ServingCertificateDeps {
  readonly log: Logger;
  readonly clock: Clock;
  /** A pair took effect, the first one included. */
  onReload?(pair: ServingPair): void;
  /** Changed files were refused; once for each content. */
  onReloadError?(problem: string): void;
}

/** Where the certificate comes from. */
export interface ServingCertificateOptions extends CertificateFileNames {
  /** Names that the certificate should cover; one that does not is used with a warning. @default [] */
  readonly expectedNames?: readonly string[];
  /** How often the files are read even if no change was seen. @default 10000 */
  readonly pollMs?: number;
}

/** The webhook's certificate, kept up to date with its files. */
export interface ServingCertificate {
  /**
   * Follows the files until `signal` aborts; call it once. Resolves when there is a usable certificate: listen only
   * then, so that the port refuses connections before. Rejects with the signal's reason if that never came.
   */
  start(signal: AbortSignal): Promise<void>;
  /** The pair in use; it may have expired meanwhile, see `problem()`. */
  current(): ServingPair | undefined;
  /** Calls `listener` with each pair that takes effect from now on, for `server.setSecureContext(tlsOptions(pair))`. */
  onChange(listener: (pair: ServingPair) => void): void;
  /** Why the webhook can not serve: no certificate yet, none that is usable, or one that expired. For readiness. */
  problem(): string | undefined;
}

/** Files that are not swapped at once are read again while they do not fit together: 5 times within a second. */
const retries = { count: 5, delayMs: 200 };

/**
 * Keeps a serving certificate up to date with its files: a new pair is checked before it replaces the one in use,
 * and what is unreadable, expired or does not fit together is refused.
 */
export function createServingCertificate(
  deps: ServingCertificateDeps,
  options: ServingCertificateOptions,
): ServingCertificate {
  return new FollowedCertificate(deps, options);
}

class FollowedCertificate implements ServingCertificate {
  readonly #deps: ServingCertificateDeps;
  readonly #options: ServingCertificateOptions;
  readonly #listeners = new Set<(pair: ServingPair) => void>();
  readonly #first = Promise.withResolvers<void>();
  #current: ServingPair | undefined;
  /** Digest of what was last taken note of: unchanged files swap nothing and complain of nothing twice. */
  #seen = "";
  #used = "";
  #obstacle: string;

  constructor(deps: ServingCertificateDeps, options: ServingCertificateOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#obstacle = `no certificate yet: waiting for ${options.certFile}`;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    signal.addEventListener("abort", () => this.#first.reject(signal.reason), { once: true });
    void this.#follow(signal);
    await this.#first.promise;
  }

  current(): ServingPair | undefined {
    return this.#current;
  }

  onChange(listener: (pair: ServingPair) => void): void {
    this.#listeners.add(listener);
  }

  problem(): string | undefined {
    if (this.#current === undefined) return this.#obstacle;
    return this.#current.notAfter > this.#deps.clock.now() ? undefined : expiry(this.#current);
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { certFile, keyFile, clientCaFile = certFile, pollMs = 10_000 } = this.#options;
    const folders = watchFolders([...new Set([certFile, keyFile, clientCaFile].map((file) => dirname(file)))]);
    try {
      while (!signal.aborted) {
        await this.#load(signal);
        await folders.changed(pollMs, signal).catch(() => undefined);
      }
    } finally {
      folders.close();
    }
  }

  async #load(signal: AbortSignal): Promise<void> {
    try {
      for (let retry = 0; retry <= retries.count && !signal.aborted; retry++) {
        const found = assessCertificateFiles(await readCertificateFiles(this.#options), this.#deps.clock.now());
        if (found.digest === this.#seen) return;
        if (found.kind !== "refused" || found.settled || retry === retries.count) {
          this.#seen = found.digest;
          this.#note(found);
          return;
        }
        await sleep(retries.delayMs, undefined, { signal });
      }
    } catch (error) {
      // The loop must outlive whatever this was: the certificate in use is still good.
      if (!signal.aborted) this.#deps.log.error({ err: error }, "Cannot load serving certificate");
    }
  }

  #note(found: Assessment): void {
    switch (found.kind) {
      case "usable":
        // After a refused change was taken back, the one in use is seen again.
        if (found.digest !== this.#used) this.#use(found.pair);
        this.#used = found.digest;
        break;
      case "refused":
        this.#refuse(found.problem);
        break;
      case "absent":
        if (this.#current !== undefined) this.#refuse(`"${found.file}" is gone`);
        else this.#await(found.file);
        break;
      default:
        found satisfies never;
    }
  }

  #await(file: string): void {
    this.#obstacle = `no certificate yet: waiting for ${file}`;
    this.#deps.log.info({ file }, "Waiting for the serving certificate");
  }

  #use(pair: ServingPair): void {
    const { certFile, expectedNames = [] } = this.#options;
    const { fingerprint } = pair;
    this.#current = pair;
    this.#deps.log.info({ certFile, fingerprint, notAfter: new Date(pair.notAfter) }, "Serving certificate loaded");
    const uncovered = uncoveredNames(readPair(pair).leaf, expectedNames);
    if (uncovered.length > 0) {
      this.#deps.log.warn({ certFile, uncovered }, "Serving certificate does not cover the names it is called by");
    }
    for (const listener of this.#listeners) listener(pair);
    this.#deps.onReload?.(pair);
    this.#first.resolve();
  }

  #refuse(problem: string): void {
    const { certFile } = this.#options;
    this.#obstacle = `no usable certificate: ${problem}`;
    this.#deps.log.warn({ certFile, problem, inUse: this.#current?.fingerprint }, "Serving certificate refused");
    this.#deps.onReloadError?.(problem);
  }
}
