import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { buildParts, cacheFolder, cacheKey } from "./build.ts";
import { withBuildLock } from "./build-lock.ts";
import { controlPlaneModules, moduleVersion } from "./modules.ts";

const cases = [
  { title: "prefers its own variable", env: { RESTAMP_CONTROLPLANE_CACHE: "/a", XDG_CACHE_HOME: "/b" }, want: "/a" },
  { title: "obeys XDG_CACHE_HOME", env: { XDG_CACHE_HOME: "/b" }, want: "/b/restamp/controlplane" },
  { title: "falls back to the home folder", env: {}, want: /\/\.cache\/restamp\/controlplane$/ },
];
for (const { title, env, want } of cases) t.match(cacheFolder(env), want, `cacheFolder() ${title}`);

for (const module of Object.values(controlPlaneModules)) {
  t.match(moduleVersion(module), /^v\d+\.\d+\.\d+$/, `moduleVersion() finds ${module.title}`);
  t.match(cacheKey(module.name), new RegExp(`^${module.name}-[0-9a-f]{16}$`), `cacheKey() names ${module.title}`);
}

t.test("buildParts() without Go says what to do and leaves no lock", async (t) => {
  const path = process.env["PATH"];
  process.env["PATH"] = t.testdir();
  t.teardown(() => {
    process.env["PATH"] = path;
  });
  const cache = t.testdir();
  await t.rejects(buildParts(["etcd"], { cache, progress: () => undefined }), /no "go" in PATH: install Go 1\.26/);
  t.notOk(existsSync(join(cache, `${cacheKey("etcd")}.lock`)));
});

t.test("buildParts() takes what is in the cache, without Go", async (t) => {
  const binary = { bin: { kwok: "" }, assets: { "00-a.yaml": "", "01-b.yaml": "" } };
  const cache = t.testdir({ [cacheKey("kwok")]: binary });
  const { binaries, assets } = await buildParts(["kwok"], { cache });
  const folder = join(cache, cacheKey("kwok"));
  t.same(binaries, { kwok: join(folder, "bin", "kwok") });
  t.same(assets.kwok, [join(folder, "assets", "00-a.yaml"), join(folder, "assets", "01-b.yaml")]);
});

t.test("buildParts() takes binaries from KUBEBUILDER_ASSETS", async (t) => {
  const folder = t.testdir({ etcd: "" });
  process.env["KUBEBUILDER_ASSETS"] = folder;
  t.teardown(() => {
    delete process.env["KUBEBUILDER_ASSETS"];
  });
  t.same((await buildParts(["etcd"], { cache: folder })).binaries, { etcd: join(folder, "etcd") });
});

t.test("withBuildLock() lets one after the other work", async (t) => {
  const file = join(t.testdir(), "lock");
  const order: string[] = [];
  const work = (name: string) => async () => {
    order.push(`${name} begins`);
    await new Promise((done) => setTimeout(done, 50));
    order.push(`${name} ends`);
  };
  const lock = { file, title: "it", progress: () => undefined };
  await Promise.all([withBuildLock(lock, work("one")), withBuildLock(lock, work("two"))]);
  t.equal(order[0]?.split(" ")[0], order[1]?.split(" ")[0]);
  t.equal(order.length, 4);
  t.notOk(existsSync(file));
});

t.test("withBuildLock() takes over the lock of a dead process and one that nobody refreshes", async (t) => {
  const file = join(t.testdir(), "lock");
  const lock = { file, title: "it", progress: () => undefined };
  writeFileSync(file, "999999999");
  t.equal(await withBuildLock(lock, async () => readFileSync(file, "utf8")), String(process.pid));
  writeFileSync(file, String(process.pid));
  utimesSync(file, 1, 1);
  t.equal(await withBuildLock(lock, async () => "done"), "done");
});
