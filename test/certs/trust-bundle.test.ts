import t from "tap";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import { readCertificates } from "../../certs/certificate-pair.ts";
import { signingFingerprint, trustBundle, trusts } from "../../certs/trust-bundle.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const names = ["hook.restamp.svc"];
const policy = { names, servingValidityMs: 90 * day, authorityValidityMs: 365 * day };

function authorityAt(at: number) {
  return createAuthority({ now: at, validityMs: policy.authorityValidityMs });
}

t.test("trustBundle() keeps former authorities as long as their certificates may be in use", async (t) => {
  const old = await authorityAt(now - 200 * day);
  const next = await authorityAt(now);
  const serving = (await issueServingCertificate(old, { names, now: now - day, validityMs: 90 * day })).cert;
  const renewed = (await issueServingCertificate(next, { names, now, validityMs: 90 * day })).cert;
  const authority = next.cert + old.cert;
  const both = readCertificates(authority).join("");
  const [alone] = readCertificates(next.cert).map(String);
  const bundle = (after: number, inUse: string | undefined, published?: string) =>
    trustBundle({ authority, serving: inUse, published }, policy, now + after);

  t.equal(bundle(0, renewed), both, "the signing one first");
  t.equal(bundle(90 * day, renewed), both, "to the last moment of a certificate signed before");
  t.equal(bundle(90 * day + 1000, renewed), alone, "and no longer");
  t.equal(bundle(91 * day, serving), both, "but always the one of the certificate in use");
  t.equal(bundle(166 * day, serving), alone, "unless it expired itself");
  t.equal(bundle(0, undefined, authority + authority), both, "each once");
  t.equal(bundle(0, "rubbish", "rubbish\n"), both, "rubbish counts for nothing");
});

t.test("trustBundle() takes over what API servers trust already", async (t) => {
  const foreign = await authorityAt(now - day);
  const own = await authorityAt(now);
  const bundle = trustBundle({ authority: own.cert, serving: undefined, published: foreign.cert }, policy, now);
  t.same(
    readCertificates(bundle).map(({ subject }) => subject),
    readCertificates(own.cert + foreign.cert).map(({ subject }) => subject),
  );
});

t.test("trustBundle() is bounded, and keeps the authority in use", async (t) => {
  const authorities = await Promise.all(Array.from({ length: 10 }, (_, age) => authorityAt(now - age * day)));
  const oldest = authorities.at(-1);
  if (oldest === undefined) throw new Error("there is no authority");
  const serving = (await issueServingCertificate(oldest, { names, now, validityMs: day })).cert;
  const authority = authorities.map(({ cert }) => cert).join("");
  const bundle = trustBundle({ authority, serving, published: undefined }, policy, now);
  const kept = readCertificates(bundle).map((one) => one.fingerprint256);
  t.equal(kept.length, 8);
  t.equal(kept[0], signingFingerprint(authority));
  t.equal(kept[1], signingFingerprint(oldest.cert));
  t.equal(trustBundle({ authority: bundle, serving, published: authority }, policy, now), bundle, "it is stable");
});

t.test("trustBundle() refuses to have nothing to trust", async (t) => {
  t.throws(() => trustBundle({ authority: "", serving: undefined, published: "x" }, policy, now), {
    name: "TypeError",
  });
});

t.test("trusts() finds an authority in a bundle", async (t) => {
  const [a, b] = [await authorityAt(now), await authorityAt(now)];
  const fingerprint = signingFingerprint(b.cert) ?? "";
  t.ok(trusts(a.cert + b.cert, fingerprint));
  t.notOk(trusts(a.cert, fingerprint));
  t.notOk(trusts("", fingerprint));
  t.equal(signingFingerprint(undefined), undefined);
});
