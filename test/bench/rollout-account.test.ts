import t from "tap";
import { createRolloutAccount } from "./rollout-account.ts";

function cluster() {
  const counts = new Map<string, number>();
  const account = createRolloutAccount((name) => counts.get(name) ?? 0);
  return { account, roll: (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1) };
}

t.test("a rollout for each that is expected leaves nothing to tell", async (t) => {
  const { account, roll } = cluster();
  for (const names of [["a", "b"], ["a"]]) {
    account.expect(names);
    for (const name of names) roll(name);
  }
  t.strictSame([...account.expected(["a", "b"])], Object.entries({ a: 2, b: 1 }));
  t.equal(account.missing(), 0);
  t.equal(account.surplus(), 0);
});

t.test("what has not come is missing, of each workload by itself", async (t) => {
  const { account, roll } = cluster();
  account.expect(["a", "b"]);
  roll("b");
  t.equal(account.missing(), 1);
  roll("b");
  t.equal(account.missing(), 1);
  t.equal(account.surplus(), 1);
});

t.test("what came unasked is not taken for what is expected next", async (t) => {
  const { account, roll } = cluster();
  account.expect(["a"]);
  roll("a");
  roll("a");
  account.expect(["a"]);
  t.equal(account.missing(), 1);
  roll("a");
  t.equal(account.missing(), 0);
  t.equal(account.surplus(), 1);
});
