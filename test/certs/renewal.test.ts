import t from "tap";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import type { PemPair } from "../../certs/certificate-pair.ts";
import { type CertificateState, checkPolicy, decideRenewal } from "../../certs/renewal.ts";

const day = 86_400_000;
const now = Date.UTC(2026, 10, 21);
const names = ["hook.restamp.svc"];
const policy = { names, servingValidityMs: 90 * day, authorityValidityMs: 365 * day };

async function make(at = now): Promise<{ serving: PemPair; authority: PemPair }> {
  const authority = await createAuthority({ now: at, validityMs: policy.authorityValidityMs });
  const serving = await issueServingCertificate(authority, { names, now: at, validityMs: policy.servingValidityMs });
  return { serving, authority };
}

t.test("decideRenewal() decides from what is there", async (t) => {
  const fresh = await make();
  const other = await make();
  const old = await make(now - 300 * day);
  const later = await issueServingCertificate(fresh.authority, { names, now: now + 240 * day, validityMs: 90 * day });
  const cases: { title: string; state: CertificateState; after?: number; want: object }[] = [
    { title: "keeps a fresh pair", state: fresh, want: { kind: "keep", dueAt: now + 60 * day } },
    { title: "keeps before two thirds of a life", state: fresh, after: 60 * day - 1, want: { kind: "keep" } },
    { title: "renews at two thirds", state: fresh, after: 60 * day, want: { kind: "renew-serving", when: "now" } },
    {
      title: "makes everything where nothing is",
      state: { serving: undefined, authority: undefined },
      want: { kind: "renew-authority", serving: "renew", reason: "there is no authority" },
    },
    {
      title: "renews a lost pair",
      state: { ...fresh, serving: undefined },
      want: { kind: "renew-serving", when: "now" },
    },
    {
      title: "renews a pair that does not fit together",
      state: { ...fresh, serving: { cert: fresh.serving.cert, key: other.serving.key } },
      want: { kind: "renew-serving", when: "now", reason: /another certificate/ },
    },
    {
      title: "renews what can not be parsed",
      state: { ...fresh, serving: { cert: "x", key: "y" } },
      want: { kind: "renew-serving", when: "now", reason: /^serving certificate is unusable: / },
    },
    {
      title: "keeps a good pair when the authority's key is lost",
      state: { serving: fresh.serving, authority: { cert: fresh.authority.cert, key: "" } },
      want: { kind: "renew-authority", serving: "keep", reason: /^authority is unusable: .*private key/ },
    },
    {
      title: "renews an authority whose key is another's",
      state: { serving: fresh.serving, authority: { cert: fresh.authority.cert, key: other.authority.key } },
      want: { kind: "renew-authority", serving: "keep" },
    },
    {
      title: "renews an authority that is none",
      state: { serving: fresh.serving, authority: fresh.serving },
      want: { kind: "renew-authority", serving: "keep", reason: "authority is not a certificate authority" },
    },
    {
      title: "waits for publication when the pair is another authority's",
      state: { serving: fresh.serving, authority: other.authority },
      want: { kind: "renew-serving", when: "published" },
    },
    {
      title: "renews an authority in time for the certificates it signs",
      state: { serving: later, authority: fresh.authority },
      after: 244 * day,
      want: { kind: "renew-authority", serving: "keep", reason: "authority is due for renewal" },
    },
    {
      title: "renews everything that expired",
      state: old,
      after: 70 * day,
      want: { kind: "renew-authority", serving: "renew", reason: /^authority expired at / },
    },
  ];
  for (const { title, state, after = 0, want } of cases) {
    t.match(decideRenewal(state, policy, now + after), want, `decideRenewal() ${title}`);
  }
});

t.test("decideRenewal() renews when names or durations change", async (t) => {
  const fresh = await make();
  const wider = { ...policy, names: [...names, "hook.other.svc"] };
  const want = { kind: "renew-serving", when: "now", reason: 'serving certificate does not cover "hook.other.svc"' };
  t.match(decideRenewal(fresh, wider, now), want);
  t.match(
    decideRenewal(fresh, { ...policy, names: [] }, now),
    { kind: "keep" },
    "more names than wanted are no reason",
  );
  const shorter = { ...policy, servingValidityMs: 9 * day };
  t.match(decideRenewal(fresh, shorter, now + 6 * day), { kind: "renew-serving" }, "a shorter validity takes effect");
});

t.test("decideRenewal() never plans a certificate that is due at once", async (t) => {
  for (const servingValidityMs of [10_000, 60_000, 3_600_000, 90 * day]) {
    const short = { names, servingValidityMs, authorityValidityMs: 3 * servingValidityMs };
    const authority = await createAuthority({ now, validityMs: short.authorityValidityMs });
    const serving = await issueServingCertificate(authority, { names, now, validityMs: servingValidityMs });
    const decision = decideRenewal({ serving, authority }, short, now);
    t.equal(decision.kind, "keep");
    t.ok(decision.kind === "keep" && decision.dueAt > now + servingValidityMs / 2);
  }
});

t.test("checkPolicy() wants authorities that live long enough", async (t) => {
  t.doesNotThrow(() => checkPolicy({ names, servingValidityMs: day, authorityValidityMs: 3 * day }));
  const bad = { names, servingValidityMs: day, authorityValidityMs: 2 * day };
  t.throws(() => checkPolicy(bad), { name: "RangeError", message: /three times as long/ });
  t.throws(() => checkPolicy({ ...bad, servingValidityMs: 0 }), { name: "RangeError" });
});
