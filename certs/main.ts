import { access, mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { serviceNames } from "./authority.ts";
import type { CertificatePolicy } from "./renewal.ts";
import { decideRenewal } from "./renewal.ts";
import { type CompleteCertificates, carryOut } from "./rotation.ts";

const usage = `Makes a certificate authority and a serving certificate for development.

Usage: node certs/main.ts --out DIR [options]

  --out DIR           Folder for tls.crt, tls.key, ca.crt and ca.key; made if it is missing
  --service NAME      Service in front of the webhook (default "restamp-webhook")
  --namespace NAME    Namespace of that Service (default "restamp")
  --no-localhost      Leave out "localhost", 127.0.0.1 and ::1
  --days N            Validity of the serving certificate (default 90); the authority lives four times as long
  --force             Overwrite files that are there
  --help              Show this text
`;

const day = 86_400_000;

/** What the command line asks for. */
interface Request {
  readonly out: string;
  readonly policy: CertificatePolicy;
  readonly force: boolean;
}

/** A wrong command line, or a folder that must not be touched: the message is for the user, the exit code is 2. */
class UsageError extends Error {}

function parse(argv: readonly string[]): Request | "help" {
  const { values } = readArguments(argv);
  if (values.help) return "help";
  const days = Number(values.days);
  if (values.out === undefined) throw new UsageError("--out is missing: name the folder for the files");
  if (!Number.isInteger(days) || days < 1 || days > 3650) {
    throw new UsageError(`--days is "${values.days}": write a whole number from 1 to 3650`);
  }
  const local = values["no-localhost"] ? [] : ["localhost", "127.0.0.1", "::1"];
  const names = [...serviceNames(values.service, values.namespace), ...local];
  const policy = { names, servingValidityMs: days * day, authorityValidityMs: 4 * days * day };
  return { out: values.out, policy, force: values.force };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        out: { type: "string" },
        service: { type: "string", default: "restamp-webhook" },
        namespace: { type: "string", default: "restamp" },
        "no-localhost": { type: "boolean", default: false },
        days: { type: "string", default: "90" },
        force: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

async function createFiles(request: Request): Promise<string[]> {
  const nothing = { serving: undefined, authority: undefined, published: undefined };
  const context = { policy: request.policy, now: Date.now() };
  const paths = filePaths(request.out);
  if (!request.force) await refuseExisting(Object.values(paths));
  const made = await carryOut(decideRenewal(nothing, request.policy, context.now), nothing, context);
  await mkdir(request.out, { recursive: true });
  for (const [path, text] of fileContents(paths, made)) await replaceFile(path, text);
  return Object.values(paths);
}

function filePaths(out: string) {
  return {
    caCert: join(out, "ca.crt"),
    caKey: join(out, "ca.key"),
    cert: join(out, "tls.crt"),
    key: join(out, "tls.key"),
  };
}

function fileContents(paths: ReturnType<typeof filePaths>, made: CompleteCertificates): [string, string][] {
  return [
    [paths.caCert, made.authority.cert],
    [paths.caKey, made.authority.key],
    [paths.cert, made.serving.cert],
    [paths.key, made.serving.key],
  ];
}

async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (exists) throw new UsageError(`"${path}" is there already: name another folder, or overwrite with --force`);
  }
}

/** By rename, so that a webhook that watches the folder never reads half a file. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: path.endsWith(".key") ? 0o600 : 0o644 });
  await rename(`${path}.new`, path);
}

try {
  const request = parse(process.argv.slice(2));
  if (request === "help") process.stdout.write(usage);
  else process.stdout.write(`${(await createFiles(request)).join("\n")}\n`);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
