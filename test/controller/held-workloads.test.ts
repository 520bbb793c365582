import t from "tap";
import { heldNote } from "../../controller/held-workloads.ts";
import type { Stale } from "../../controller/workers.ts";

t.test("heldNote() names who is held, by what holds them, and last who only waits", async (t) => {
  const stale = new Map<string, Stale>([
    ["Deployment.apps/shop/cart", "rejected"],
    ["Deployment.apps/shop/slow", "waiting"],
    ["Deployment.apps/shop/web", "blocked"],
    ["Deployment.apps/shop/db", "rejected"],
  ]);
  t.equal(
    heldNote(stale),
    "rejected: Deployment.apps/shop/cart, Deployment.apps/shop/db; blocked: Deployment.apps/shop/web; waiting: Deployment.apps/shop/slow",
  );
});

t.test("heldNote() says nothing where all is well", async (t) => {
  t.equal(heldNote(new Map()), undefined);
});

t.test("heldNote() names no more than anybody reads", async (t) => {
  const stale = new Map(
    Array.from({ length: 23 }, (_, index) => [`Deployment.apps/shop/app-${index}`, "error" as const]),
  );
  const note = heldNote(stale);
  t.match(note, /^error: .*app-19; and 3 more$/);
});
