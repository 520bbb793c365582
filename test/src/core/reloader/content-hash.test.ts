import { createHash } from "node:crypto";
import fc from "fast-check";
import t from "tap";
import { isReloaderHash, reloaderDeletedHash, reloaderHash } from "../../../../src/core/reloader/content-hash.ts";
import { secretValue } from "../../../helpers/secrecy.ts";

const sha1 = (text: string): string => createHash("sha1").update(text).digest("hex");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

t.test("reloaderHash() of a ConfigMap is Reloader's", async (t) => {
  const golden = [
    { object: {}, want: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    { object: { data: {} }, want: "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
    { object: { data: { key: "value" } }, want: "dc30e0faa89a70dec1033016a2309bbeb9efcbd0" },
    { object: { data: { a: "1", b: "2" } }, want: "f83e99e324ba68ccc373a58ef1eb42f8ab88646a" },
    { object: { data: { b: "2", a: "1" } }, want: "f83e99e324ba68ccc373a58ef1eb42f8ab88646a" },
    { object: { binaryData: { f: "aGVsbG8=" } }, want: "5a85ec92e498289f69dcca398f541ae3164fa54b" },
    // Different contents, one hash: why nothing is decided by it.
    { object: { data: { a: "1;b=2" } }, want: "f83e99e324ba68ccc373a58ef1eb42f8ab88646a" },
    { object: { data: { f: "aGVsbG8=" } }, want: "5a85ec92e498289f69dcca398f541ae3164fa54b" },
  ];
  for (const { object, want } of golden) t.equal(reloaderHash("ConfigMap", object), want, JSON.stringify(object));
});

t.test("reloaderHash() sorts lines by bytes, not by UTF-16 code units", async (t) => {
  // U+FFFD is three bytes (ef…), U+1F600 four (f0…), but as code units a surrogate (d83d) comes first.
  const data = { k: "1", "k\u{1F600}": "2", "k\uFFFD": "3" };
  t.equal(reloaderHash("ConfigMap", { data }), sha1("k=1;k\uFFFD=3;k\u{1F600}=2"));
  t.equal(reloaderHash("ConfigMap", { data: { "a.b": "1", a: "2", "a-b": "3" } }), sha1("a-b=3;a.b=1;a=2"));
});

t.test("reloaderHash() of a Secret takes the decoded bytes", async (t) => {
  const value = secretValue("hash");
  t.equal(reloaderHash("Secret", { data: { k: base64(value) } }), sha1(`k=${value}`));
  const raw = Buffer.from([0xff, 0x00, 0xfe]);
  const want = createHash("sha1")
    .update(Buffer.concat([Buffer.from("a=;k="), raw]))
    .digest("hex");
  t.equal(reloaderHash("Secret", { data: { k: raw.toString("base64"), a: "" } }), want);
  t.equal(reloaderHash("Secret", { data: { k: raw.toString("base64"), a: null } }), want, "null is empty");
});

t.test("reloaderHash() of what a driver has mounted is the list of versions and the class", async (t) => {
  const objects = [
    { id: "secret/db", version: "2" },
    { id: "key/tls", version: "1" },
  ];
  const status = { objects, secretProviderClassName: "vault" };
  const want = sha1("SecretProviderClassName=vault;key/tls=1;secret/db=2");
  t.equal(reloaderHash("SecretProviderClass", { status }), want);
  t.equal(reloaderHash("SecretProviderClass", {}), sha1("SecretProviderClassName="));
});

t.test("reloaderDeletedHash is the hash of the marker", async (t) => {
  t.equal(reloaderDeletedHash, sha1("__RELOADER_EMPTY_DELETE_MARKER__"));
  t.ok(isReloaderHash(reloaderDeletedHash));
  t.notOk(isReloaderHash(reloaderDeletedHash.toUpperCase()));
  t.notOk(isReloaderHash(`${reloaderDeletedHash}0`));
});

t.test("reloaderHash() takes whatever an object holds, in any order of keys", async () => {
  fc.assert(
    fc.property(fc.constantFrom("ConfigMap", "Secret", "SecretProviderClass"), fc.jsonValue(), (kind, value) =>
      isReloaderHash(reloaderHash(kind, { data: value, binaryData: value, status: value })),
    ),
  );
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.string()), (data) => {
      const reversed = Object.fromEntries(Object.entries(data).reverse());
      return reloaderHash("ConfigMap", { data }) === reloaderHash("ConfigMap", { data: reversed });
    }),
  );
});
