import t from "tap";
import { createWatchProgress } from "../../controller/watch-progress.ts";

const source = { kind: "Secret", namespace: "shop", name: "db" } as const;

/** Whether a promise is resolved by now, all that is due in this turn of the event loop included. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => {
    done = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return done;
}

t.test("reached() waits for nothing where no watch has listed", async (t) => {
  const progress = createWatchProgress();
  t.ok(await isDone(progress.reached(source, 5)));
  progress.reported("ConfigMap", undefined, 3);
  progress.reported("Secret", "other", 3);
  t.ok(await isDone(progress.reached(source, 5)), "of that kind and namespace");
});

for (const namespace of [undefined, "shop"]) {
  t.test(`reached() waits for the watch of ${namespace ?? "all namespaces"}`, async (t) => {
    const progress = createWatchProgress();
    progress.reported("Secret", namespace, 5);
    t.ok(await isDone(progress.reached(source, 5)), "what has been reported is reached");
    const six = progress.reached(source, 6);
    const eight = progress.reached(source, 8);
    t.notOk(await isDone(six));
    progress.reported("ConfigMap", namespace, 9);
    t.notOk(await isDone(six), "another kind is another watch");
    progress.reported("Secret", namespace, 7);
    t.ok(await isDone(six));
    t.notOk(await isDone(eight));
    progress.listing("Secret", namespace);
    t.ok(await isDone(eight), "a listing that begins may skip what was waited for");
  });
}

t.test("reached() gives a watch up that is far behind", async (t) => {
  const progress = createWatchProgress();
  progress.reported("Secret", undefined, 5);
  const kept = setTimeout(() => undefined, 10_000);
  await progress.reached(source, 6);
  clearTimeout(kept);
  t.pass("reached() has returned");
});

t.test("reported() never goes back within one watch", async (t) => {
  const progress = createWatchProgress();
  progress.reported("Secret", undefined, 5);
  progress.reported("Secret", undefined, 4);
  t.ok(await isDone(progress.reached(source, 5)));
});
