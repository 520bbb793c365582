import t from "tap";
import { createMountedClasses } from "../../controller/mounted-classes.ts";
import type { PodMount } from "../../src/core/mounted-class.ts";
import type { SourceId } from "../../src/core/source.ts";
import { readVersions } from "../../src/core/source-content.ts";

let version = 1;

/** The status of a pod that mounts a class: `shop/db`. */
function status(where: string, pod: string, objectVersion: string): PodMount {
  const [namespace = "", className = ""] = where.split("/");
  const content = readVersions([{ id: "password", version: objectVersion }]);
  const place = { namespace, name: `${pod}-${namespace}-${className}`, className };
  return { ...place, pod, version: version++, rewritten: false, writtenAt: 0, content, reloaderHash: "" };
}

function source(where: string): SourceId {
  const [namespace = "", name = ""] = where.split("/");
  return { kind: "SecretProviderClass", namespace, name };
}

/** Classes that are followed from now on, and what was told of them. */
function follow(referenced: readonly string[]) {
  const told: string[] = [];
  const classes = createMountedClasses({
    isReferenced: ({ namespace, name }) => referenced.includes(`${namespace}/${name}`),
    onChange: (namespace = "*", name = "*") => void told.push(`${namespace}/${name}`),
  });
  const list = (only: string | undefined, ...pods: PodMount[]): void => {
    const handler = classes.handler(only);
    handler.listing();
    for (const pod of pods) handler.item(pod);
    handler.listed();
  };
  const sinceOf = (where: string): number | undefined => classes.mounted(source(where))?.since;
  return { classes, list, sinceOf, news: () => told.splice(0) };
}

t.test("nothing is known before the statuses of a namespace are listed", async (t) => {
  const all = follow([]);
  t.notOk(all.classes.isListed("shop"));
  all.list(undefined);
  t.ok(all.classes.isListed("shop"));
  t.same(all.news(), ["*/*"], "what waited for it can go on");
  const one = follow([]);
  one.list("shop", status("shop/db", "a", "v1"));
  t.ok(one.classes.isListed("shop"));
  t.notOk(one.classes.isListed("bank"));
  t.same(one.news(), ["shop/db", "shop/*"]);
  one.list("shop", status("shop/db", "a", "v1"));
  t.same(one.news(), [], "the same once more");
});

t.test("classes of the same name are told apart by namespace", async (t) => {
  const { classes, list, sinceOf, news } = follow(["shop/db", "bank/db", "shop/tls"]);
  const [shop, bank, tls] = [status("shop/db", "a", "v1"), status("bank/db", "a", "v1"), status("shop/tls", "a", "v1")];
  list(undefined, shop, bank, tls);
  news();
  const rotated = { ...status("bank/db", "a", "v2"), pod: "a" };
  classes.handler(undefined).event("modified", rotated);
  t.same(news(), ["bank/db"]);
  t.equal(sinceOf("bank/db"), rotated.version);
  t.equal(sinceOf("shop/db"), shop.version);
  t.equal(sinceOf("shop/tls"), tls.version);
});

t.test("a list replaces what is known of its namespaces only", async (t) => {
  const { list, sinceOf } = follow(["shop/db", "bank/db"]);
  const [shop, bank] = [status("shop/db", "a", "v1"), status("bank/db", "a", "v1")];
  list("shop", shop);
  list("bank", bank);
  list("shop");
  const next = status("shop/db", "b", "v2");
  list("shop", next);
  t.equal(sinceOf("shop/db"), next.version, "its last pod was gone");
  list("bank", bank, status("bank/db", "b", "v2"));
  t.equal(sinceOf("bank/db"), bank.version);
});

t.test("of a class that nobody refers to nothing is left when its last pod is gone", async (t) => {
  const { classes, sinceOf } = follow(["shop/wanted"]);
  const handler = classes.handler(undefined);
  for (const where of ["shop/wanted", "shop/other"]) {
    const pod = status(where, "a", "v1");
    handler.event("added", pod);
    t.equal(sinceOf(where), pod.version);
    handler.event("deleted", pod);
  }
  t.type(sinceOf("shop/wanted"), "number");
  t.equal(sinceOf("shop/other"), undefined);
});
