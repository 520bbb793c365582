import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import t from "tap";
import { readCertificateFiles } from "../../webhook/certificate-files.ts";
import { createSecretVolume } from "../helpers/secret-volume.ts";

t.test("readCertificateFiles() never mixes two versions of a volume", async (t) => {
  const volume = await createSecretVolume(join(t.testdir({}), "tls"));
  const names = { certFile: join(volume.folder, "tls.crt"), keyFile: join(volume.folder, "tls.key") };
  await volume.write({ "tls.crt": "0", "tls.key": "0" });
  const versions = 200;
  const writing = (async () => {
    for (let n = 1; n <= versions; n++) await volume.write({ "tls.crt": String(n), "tls.key": String(n) });
  })();
  const seen = new Set<string>();
  for (let last = ""; last !== String(versions); ) {
    const files = await readCertificateFiles(names);
    if (!files.found) throw new Error(`${files.file} is gone: ${files.code}`);
    if (files.cert !== files.key || !files.atomic) t.fail("two versions were mixed", files);
    last = files.cert;
    seen.add(last);
  }
  await writing;
  t.ok(seen.size > 5, `saw ${seen.size} of ${versions} versions`);
});

t.test("readCertificateFiles() reads plain files, and several folders", async (t) => {
  const dir = t.testdir({ "a.crt": "cert", "a.key": "key" });
  const clients = await createSecretVolume(join(dir, "clients"));
  await clients.write({ "ca.crt": "ca" });
  const names = { certFile: join(dir, "a.crt"), keyFile: join(dir, "a.key") };
  const plain = await readCertificateFiles(names);
  t.match(plain, { found: true, cert: "cert", key: "key", atomic: false });
  const clientCaFile = join(clients.folder, "ca.crt");
  const all = await readCertificateFiles({ ...names, clientCaFile });
  t.match(all, { found: true, clientCa: "ca", atomic: false });
  t.ok(plain.found && all.found && plain.digest !== all.digest, "the digest covers the clients' authorities");
  const again = await readCertificateFiles(names);
  t.ok(plain.found && again.found && plain.digest === again.digest, "equal contents have equal digests");
});

t.test("readCertificateFiles() tells which file is missing", async (t) => {
  const dir = t.testdir({ "a.crt": "cert" });
  const names = { certFile: join(dir, "a.crt"), keyFile: join(dir, "a.key") };
  t.same(await readCertificateFiles(names), { found: false, file: names.keyFile, code: "ENOENT" });
  await rm(names.certFile);
  t.match(await readCertificateFiles(names), { found: false, file: names.certFile });
  await writeFile(names.certFile, "x");
  const inFile = { certFile: names.certFile, keyFile: join(names.certFile, "tls.key") };
  t.match(await readCertificateFiles(inFile), { found: false, code: "ENOTDIR" });
});
