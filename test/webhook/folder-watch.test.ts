import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { watchFolders } from "../../webhook/folder-watch.ts";

/** Longer than a test may take: what resolves was told by the kernel, or by a time-out of its own. */
const never = 3_600_000;

t.test("watchFolders() tells changes, also those between two calls", async (t) => {
  const dir = t.testdir({});
  const watch = watchFolders([dir]);
  t.teardown(() => watch.close());
  const { signal } = new AbortController();
  await watch.changed(never, signal);
  t.pass("the beginning of a watch counts as a change");
  const next = watch.changed(never, signal);
  await writeFile(join(dir, "a"), "1");
  await next;
  await writeFile(join(dir, "a"), "2");
  await sleep(10);
  await watch.changed(never, signal);
});

t.test("watchFolders() polls what is not there, and watches it once it is", async (t) => {
  const dir = join(t.testdir({}), "later");
  const watch = watchFolders([dir]);
  t.teardown(() => watch.close());
  const { signal } = new AbortController();
  await watch.changed(1, signal);
  await mkdir(dir);
  await watch.changed(never, signal);
  const next = watch.changed(never, signal);
  await writeFile(join(dir, "a"), "1");
  await next;
});

t.test("watchFolders() ends with its signal", async (t) => {
  const stop = new AbortController();
  const watch = watchFolders([join(t.testdir({}), "none")]);
  const changed = watch.changed(never, stop.signal);
  stop.abort();
  await t.rejects(changed, { name: "AbortError" });
  watch.close();
  watch.close();
});
