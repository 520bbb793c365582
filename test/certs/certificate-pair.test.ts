import { generateKeyPairSync } from "node:crypto";
import t from "tap";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import { isSignedBy, readCertificates, readPair, uncoveredNames } from "../../certs/certificate-pair.ts";

const lifetime = { now: Date.now(), validityMs: 86_400_000 };

t.test("readPair() refuses what can not be served", async (t) => {
  const authority = await createAuthority(lifetime);
  const pair = await issueServingCertificate(authority, { ...lifetime, names: ["a.b.svc"] });
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });
  const encrypted = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "x",
  });
  const cases = [
    { title: "an EC key with an RSA certificate", cert: pair.cert, key: String(ec), want: /another certificate/ },
    { title: "the key of another certificate", cert: pair.cert, key: authority.key, want: /another certificate/ },
    { title: "half a certificate", cert: pair.cert.slice(0, 700), key: pair.key, want: /no complete PEM certificate/ },
    {
      title: "a chain that is cut off",
      cert: pair.cert + authority.cert.slice(0, 300),
      key: pair.key,
      want: /no compl/,
    },
    { title: "half a key", cert: pair.cert, key: pair.key.slice(0, 700), want: /private key/ },
    { title: "an encrypted key", cert: pair.cert, key: String(encrypted), want: /unencrypted/ },
    { title: "empty files", cert: "", key: "", want: /no complete PEM certificate/ },
    { title: "swapped files", cert: pair.key, key: pair.cert, want: /no complete PEM certificate/ },
    {
      title: "a damaged certificate",
      cert: pair.cert.replace(/^[A-Za-z0-9+/]{64}$/m, "A".repeat(64)),
      key: pair.key,
      want: /no X\.509 certificate/,
    },
  ];
  for (const { title, want, ...bad } of cases) t.throws(() => readPair(bad), { message: want }, `readPair() ${title}`);
  const read = readPair(pair);
  t.equal(
    read.notAfter,
    Math.floor((lifetime.now + lifetime.validityMs) / 1000) * 1000,
    "readPair() reads a good pair",
  );
});

t.test("readPair() names no part of a private key in its errors", async (t) => {
  const pair = await createAuthority(lifetime);
  const half = pair.key.slice(0, 800);
  try {
    readPair({ cert: pair.cert, key: half });
    t.fail("readPair() accepts half a key");
  } catch (error) {
    const told = `${String(error)} ${JSON.stringify(error, Object.getOwnPropertyNames(error))}`;
    t.notOk(half.split("\n").some((line) => line.length === 64 && told.includes(line)));
  }
});

t.test("readCertificates() keeps the order of a chain", async (t) => {
  const authority = await createAuthority(lifetime);
  const pair = await issueServingCertificate(authority, { ...lifetime, names: ["a.b.svc"] });
  const [leaf, issuer] = readCertificates(`a comment\n${pair.cert}\r\n${authority.cert}`);
  t.ok(leaf !== undefined && issuer !== undefined && isSignedBy(leaf, issuer));
  t.notOk(issuer !== undefined && leaf !== undefined && isSignedBy(issuer, leaf));
});

t.test("uncoveredNames() tells the names that are missing, whatever the subject says", async (t) => {
  const authority = await createAuthority(lifetime);
  const names = ["hook.restamp.svc", "127.0.0.1"];
  const { leaf } = readPair(await issueServingCertificate(authority, { ...lifetime, names }));
  t.same(uncoveredNames(leaf, names), []);
  t.same(uncoveredNames(leaf, ["other.restamp.svc", "127.0.0.2", "restamp webhook", "hook.restamp.svc"]), [
    "other.restamp.svc",
    "127.0.0.2",
    "restamp webhook",
  ]);
});
