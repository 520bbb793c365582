import fc from "fast-check";
import t from "tap";
import {
  annotationsSize,
  sameApartFromStamp,
  stampOf,
  templateHash,
  unstampedHash,
} from "../../../src/core/pod-template.ts";
import { stampAnnotation } from "../../../src/core/stamp.ts";

const stamped = (stamp: string, more: object = {}) => ({
  metadata: { labels: { app: "x" }, annotations: { a: "1", [stampAnnotation]: stamp } },
  spec: { containers: [{ name: "x" }] },
  ...more,
});
const bare = { metadata: { labels: { app: "x" }, annotations: { a: "1" } }, spec: { containers: [{ name: "x" }] } };

t.test("stampOf() finds the annotation", async (t) => {
  t.equal(stampOf(stamped("v1:k1")), "v1:k1");
  for (const none of [bare, undefined, null, {}, { metadata: { annotations: { [stampAnnotation]: 7 } } }]) {
    t.equal(stampOf(none), undefined, `stampOf() ${JSON.stringify(none)}`);
  }
});

t.test("sameApartFromStamp() sees everything but the stamp", async (t) => {
  const only = { metadata: { annotations: { [stampAnnotation]: "x" } }, spec: {} };
  const cases = [
    { title: "one without a stamp", left: stamped("a"), right: bare, want: true },
    { title: "another stamp", left: stamped("a"), right: stamped("b"), want: true },
    { title: "no annotations left", left: only, right: { spec: {} }, want: true },
    {
      title: "creationTimestamp: null",
      left: stamped("a"),
      right: { ...bare, metadata: { ...bare.metadata, creationTimestamp: null } },
      want: true,
    },
    {
      title: "another annotation",
      left: stamped("a"),
      right: { ...bare, metadata: { ...bare.metadata, annotations: {} } },
      want: false,
    },
    { title: "another spec", left: stamped("a"), right: { ...bare, spec: {} }, want: false },
    { title: "no template", left: stamped("a"), right: undefined, want: false },
  ];
  for (const { title, left, right, want } of cases) {
    t.equal(sameApartFromStamp(left, right), want, `sameApartFromStamp() ${title}`);
    t.equal(sameApartFromStamp(right, left), want, `sameApartFromStamp() ${title}, the other way round`);
  }
});

t.test("templateHash(), unstampedHash() name templates", async (t) => {
  t.match(templateHash(bare), /^[\w-]{22}$/);
  t.not(templateHash(stamped("a")), templateHash(stamped("b")));
  t.equal(unstampedHash(stamped("a")), unstampedHash(stamped("b")));
  t.equal(unstampedHash(stamped("a")), templateHash(bare));
  t.equal(
    templateHash({ ...bare, metadata: { ...bare.metadata, name: null } }),
    templateHash(bare),
    "nulls do not count",
  );
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (left, right) => {
      const same = unstampedHash(left) === unstampedHash(right);
      return same === sameApartFromStamp(left, right);
    }),
  );
});

t.equal(
  annotationsSize({ metadata: { annotations: { ab: "cé", x: "" } } }),
  2 + 3 + 1,
  "annotationsSize() counts bytes",
);
t.equal(annotationsSize({ metadata: null }), 0, "annotationsSize() of none");
