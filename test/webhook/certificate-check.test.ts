import t from "tap";
import { assessCertificateFiles, expiry, tlsOptions } from "../../webhook/certificate-check.ts";
import type { CertificateFiles } from "../../webhook/certificate-files.ts";
import { testAuthority, testPair } from "../helpers/serving-pair.ts";

const now = Date.now();

t.test("assessCertificateFiles() says what files amount to", async (t) => {
  const authority = await testAuthority();
  const pair = await testPair(authority);
  const other = await testPair(authority);
  const expired = await testPair(authority, now - 20 * 86_400_000);
  const files = (change: Partial<CertificateFiles> = {}): CertificateFiles => ({
    found: true,
    ...pair,
    clientCa: undefined,
    digest: "d",
    atomic: true,
    ...change,
  });
  const cases = [
    { title: "a good pair", files: files(), want: { kind: "usable", pair } },
    { title: "one with clients' authorities", files: files({ clientCa: authority.cert }), want: { kind: "usable" } },
    {
      title: "a mismatch in a volume",
      files: files({ key: other.key }),
      want: { kind: "refused", settled: true, problem: /another certificate/ },
    },
    { title: "a mismatch of files", files: files({ key: other.key, atomic: false }), want: { settled: false } },
    { title: "an expired pair", files: files({ ...expired, atomic: false }), want: { kind: "refused", settled: true } },
    { title: "bad clients' authorities", files: files({ clientCa: "x" }), want: { kind: "refused" } },
    {
      title: "no file",
      files: { found: false, file: "f", code: "ENOENT" } as const,
      want: { kind: "absent", file: "f" },
    },
    {
      title: "a forbidden file",
      files: { found: false, file: "f", code: "EACCES" } as const,
      want: { kind: "refused", problem: 'Cannot read "f": EACCES' },
    },
  ];
  for (const { title, files, want } of cases) t.match(assessCertificateFiles(files, now), want, title);
});

t.test("tlsOptions() asks for client certificates only with their authorities", async (t) => {
  const base = { cert: "c", key: "k", clientCa: undefined };
  t.same(tlsOptions(base), { cert: "c", key: "k", minVersion: "TLSv1.2" });
  t.match(tlsOptions({ ...base, clientCa: "a" }), { ca: "a", requestCert: true, rejectUnauthorized: true });
  t.equal(expiry({ notAfter: 0 }), "certificate expired at 1970-01-01T00:00:00.000Z");
});
