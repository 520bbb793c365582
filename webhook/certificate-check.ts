import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import { readCertificates, readPair } from "../certs/certificate-pair.ts";
import type { CertificateFiles, MissingFile } from "./certificate-files.ts";

/** A certificate that can be served. Times are milliseconds since the epoch. */
export interface ServingPair {
  /** PEM chain, leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM authorities of client certificates, if those are asked for. */
  readonly clientCa: string | undefined;
  readonly notBefore: number;
  readonly notAfter: number;
  /** SHA-256 of the leaf, as `openssl x509 -fingerprint` writes it. */
  readonly fingerprint: string;
}

/**
 * What files amount to. `digest` is equal for equal contents. A `refused` one that is not `settled` may be half of
 * something that is being written: it is worth another look.
 */
export type Assessment =
  | { readonly kind: "usable"; readonly digest: string; readonly pair: ServingPair }
  | { readonly kind: "absent"; readonly digest: string; readonly file: string }
  | { readonly kind: "refused"; readonly digest: string; readonly problem: string; readonly settled: boolean };

/** Checks what was read from the certificate's files, at `now` (milliseconds since the epoch). */
export function assessCertificateFiles(files: CertificateFiles | MissingFile, now: number): Assessment {
  if (!files.found) {
    const digest = `${files.code} ${files.file}`;
    if (files.code === "ENOENT") return { kind: "absent", digest, file: files.file };
    return { kind: "refused", digest, problem: `Cannot read "${files.file}": ${files.code}`, settled: false };
  }
  const { digest, atomic } = files;
  try {
    const pair = readServingPair(files);
    if (pair.notAfter > now) return { kind: "usable", digest, pair };
    return { kind: "refused", digest, problem: expiry(pair), settled: true };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { kind: "refused", digest, problem, settled: atomic };
  }
}

/** What a TLS server is made with, and what `setSecureContext()` must be given in full each time. */
export function tlsOptions(pair: Pick<ServingPair, "cert" | "key" | "clientCa">): SecureContextOptions & TlsOptions {
  const base = { cert: pair.cert, key: pair.key, minVersion: "TLSv1.2" } as const;
  if (pair.clientCa === undefined) return base;
  return { ...base, ca: pair.clientCa, requestCert: true, rejectUnauthorized: true };
}

/** `certificate expired at 2026-11-21T07:30:00.000Z`, also for one that will. */
export function expiry(pair: Pick<ServingPair, "notAfter">): string {
  return `certificate expired at ${new Date(pair.notAfter).toISOString()}`;
}

function readServingPair(files: CertificateFiles): ServingPair {
  const { cert, key, clientCa } = files;
  const { leaf, notBefore, notAfter } = readPair(files);
  if (clientCa !== undefined) readCertificates(clientCa);
  // OpenSSL has rules of its own, such as a least size of keys: what it refuses must not reach the server.
  createSecureContext(tlsOptions(files));
  return { cert, key, clientCa, notBefore, notAfter, fingerprint: leaf.fingerprint256 };
}
