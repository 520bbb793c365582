import t from "tap";
import { configMaps, resourcePath } from "../../../src/core/object-ref.ts";
import { answeredObject } from "../../../src/kube/answered-object.ts";

const path = resourcePath(configMaps, { namespace: "shop", name: "app" });
const metadata = { name: "app", uid: "u1" };

t.test("answeredObject() is the object that was asked for", async (t) => {
  const object = { metadata, data: {} };
  t.equal(answeredObject(path, object), object);
  const odd = resourcePath(configMaps, { namespace: "shop", name: "a/b c" });
  const other = { metadata: { ...metadata, name: "a/b c" } };
  t.equal(answeredObject(odd, other), other, "by its name, however the path writes it");
});

for (const [title, answer] of [
  ["no body", undefined],
  ["null", null],
  ["an empty object", {}],
  ["a text", "ok"],
  ["a Status", { kind: "Status", status: "Success", metadata: {} }],
  ["another object", { metadata: { ...metadata, name: "other" } }],
  ["an object without uid", { metadata: { name: "app" } }],
  ["a list", { metadata: {}, items: [{ metadata }] }],
] as const) {
  t.throws(
    () => answeredObject(path, answer),
    { code: "unavailable", message: `Cannot GET ${path}: the answer is not the object that was asked for` },
    `answeredObject() refuses ${title}`,
  );
}
