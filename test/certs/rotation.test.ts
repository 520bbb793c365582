import { X509Certificate } from "node:crypto";
import t from "tap";
import { isSignedBy, readCertificates, readPair } from "../../certs/certificate-pair.ts";
import { decideRenewal } from "../../certs/renewal.ts";
import { carryOut } from "../../certs/rotation.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const policy = { names: ["hook.restamp.svc"], servingValidityMs: 90 * day, authorityValidityMs: 365 * day };
const nothing = { serving: undefined, authority: undefined, published: undefined };

t.test("carryOut() replaces an authority in two steps that leave every certificate trusted", async (t) => {
  const context = { policy, now };
  const first = await carryOut(decideRenewal(nothing, policy, now), nothing, context);
  t.doesNotThrow(() => readPair(first.serving));
  t.equal(readCertificates(first.authority.cert).length, 1);

  const later = { policy, now: now + 250 * day };
  const renewedServing = await carryOut(
    { kind: "renew-serving", reason: "", when: "now" },
    { ...first, published: first.authority.cert },
    { policy, now: now + 200 * day },
  );
  t.equal(renewedServing.authority.cert, String(new X509Certificate(first.authority.cert)), "authority is kept");
  const announce = decideRenewal(renewedServing, policy, later.now);
  t.match(announce, { kind: "renew-authority", serving: "keep" });
  const announced = await carryOut(announce, { ...renewedServing, published: undefined }, later);
  t.same(announced.serving, renewedServing.serving, "serving certificate is kept while the authority is announced");
  t.equal(readCertificates(announced.authority.cert).length, 2);

  const change = decideRenewal(announced, policy, later.now);
  t.match(change, { kind: "renew-serving", when: "published" });
  const switched = await carryOut(change, { ...announced, published: undefined }, later);
  const [signing, former] = readCertificates(switched.authority.cert);
  const leaf = (pem: string) => new X509Certificate(pem);
  t.ok(signing && isSignedBy(leaf(switched.serving.cert), signing));
  t.ok(former && isSignedBy(leaf(renewedServing.serving.cert), former));
  t.match(decideRenewal(switched, policy, later.now), { kind: "keep" });
});

t.test("carryOut() survives an authority that can not be read", async (t) => {
  const state = { serving: undefined, authority: { cert: "-----BEGIN CERTIFICATE-----\nx", key: "" }, published: "y" };
  const made = await carryOut(decideRenewal(state, policy, now), state, { policy, now });
  t.match(decideRenewal(made, policy, now), { kind: "keep" });
});

t.test("carryOut() keeps nothing that is not there", async (t) => {
  await t.rejects(carryOut({ kind: "keep", dueAt: 0 }, nothing, { policy, now }), { message: /there is none/ });
});
