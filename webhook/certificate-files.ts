import { createHash } from "node:crypto";
import { readFile, readlink } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Where the serving certificate lies. */
export interface CertificateFileNames {
  /** PEM chain, leaf first: `/etc/restamp/tls/tls.crt`. */
  readonly certFile: string;
  /** PEM private key of the leaf. */
  readonly keyFile: string;
  /** PEM authorities that client certificates must be signed by; without it clients need no certificate. */
  readonly clientCaFile?: string;
}

/** What the files held at one moment. */
export interface CertificateFiles {
  readonly found: true;
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  /** Equal for equal contents; tells nothing about them. */
  readonly digest: string;
  /** Whether all were read from one version of a volume, so that they can not be halves of two. */
  readonly atomic: boolean;
}

/** A file that is not there (yet), or that can not be read. */
export interface MissingFile {
  readonly found: false;
  readonly file: string;
  /** System error code, such as `ENOENT` or `EACCES`. */
  readonly code: string;
}

const attempts = 10;

/**
 * Reads the files, all of one version where the kubelet provides them: it writes each version of a Secret volume
 * into a new folder and renames a link, `..data`, to point to it (kubernetes/pkg/volume/util/atomic_writer.go).
 * The link is therefore followed once for each folder and the files are read from behind it.
 *
 * @throws Error what the file system says, unless it has a code.
 */
export async function readCertificateFiles(names: CertificateFileNames): Promise<CertificateFiles | MissingFile> {
  for (let attempt = 1; ; attempt++) {
    const versions = await currentVersions(names);
    const [cert, key, clientCa] = await Promise.all([
      readVersion(names.certFile, versions),
      readVersion(names.keyFile, versions),
      names.clientCaFile === undefined ? noFile : readVersion(names.clientCaFile, versions),
    ]);
    if (cert.found && key.found && clientCa.found) {
      const folder = dirname(names.certFile);
      const atomic = versions.has(folder) && dirname(names.keyFile) === folder;
      return assemble({ cert: cert.text, key: key.text, clientCa: clientCa.text }, atomic);
    }
    // A version is removed once the next one is in place: what vanished while it was read is read again.
    if (attempt < attempts && (await haveMoved(versions))) continue;
    const missing = [cert, key, clientCa].find((one) => !one.found);
    if (missing?.found === false) return missing;
  }
}

type Content<T = string> = { readonly found: true; readonly text: T };

const noFile: Content<undefined> = { found: true, text: undefined };

/** For each folder that the kubelet writes: the folder of its present version. */
async function currentVersions(names: CertificateFileNames): Promise<Map<string, string>> {
  const folders = new Set(
    [names.certFile, names.keyFile, names.clientCaFile ?? names.certFile].map((file) => dirname(file)),
  );
  const versions = new Map<string, string>();
  for (const folder of folders) {
    const version = await currentVersion(folder);
    if (version !== undefined) versions.set(folder, version);
  }
  return versions;
}

async function currentVersion(folder: string): Promise<string | undefined> {
  try {
    // Not realpath(): that looks at the target, which may just have been removed, and would say that there is no link.
    return resolve(folder, await readlink(join(folder, "..data")));
  } catch {
    return undefined;
  }
}

async function haveMoved(versions: ReadonlyMap<string, string>): Promise<boolean> {
  for (const [folder, version] of versions) if ((await currentVersion(folder)) !== version) return true;
  return false;
}

async function readVersion(file: string, versions: ReadonlyMap<string, string>): Promise<Content | MissingFile> {
  const version = versions.get(dirname(file));
  try {
    return { found: true, text: await readFile(version === undefined ? file : join(version, basename(file)), "utf8") };
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    return { found: false, file, code: String(error.code) };
  }
}

function assemble(content: Pick<CertificateFiles, "cert" | "key" | "clientCa">, atomic: boolean): CertificateFiles {
  const hash = createHash("sha256").update(JSON.stringify([content.cert, content.key, content.clientCa ?? null]));
  return { found: true, ...content, digest: hash.digest("base64url"), atomic };
}
