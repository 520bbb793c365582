import t from "tap";
import { buildEvent, eventName, microTime, truncateBytes } from "../../../src/kube/event-object.ts";

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

t.test("eventName() is a DNS subdomain whatever the object is called", async (t) => {
  const names = [
    "cart",
    "a".repeat(253),
    `${"a.".repeat(126)}b`,
    "system:node:x",
    "UPPER_case",
    "a-.-b",
    "-",
    "",
    "ä",
    `${"x".repeat(235)}--y`,
  ];
  for (const name of names) {
    const made = eventName(name);
    t.match(made, subdomain, name);
    t.ok(made.length <= 253, `${made.length} characters`);
  }
  t.match(eventName("cart"), /^cart\.[0-9a-f]{16}$/);
  t.not(eventName("cart"), eventName("cart"));
});

t.test("truncateBytes() splits no character", async (t) => {
  t.equal(truncateBytes("short", 1024), "short");
  for (const filler of ["x", "ä", "€", "😀"]) {
    const cut = truncateBytes(`a${filler.repeat(2000)}`, 1024);
    t.ok(Buffer.byteLength(cut) <= 1024 && Buffer.byteLength(cut) > 1020, filler);
    t.notMatch(cut, /\uFFFD/);
    t.equal(Buffer.from(cut).toString(), cut);
  }
});

t.test("microTime() has six digits", async (t) => {
  t.equal(microTime(Date.parse("2026-11-21T07:44:07.012Z")), "2026-11-21T07:44:07.012000Z");
});

t.test("buildEvent() puts Events about cluster-scoped objects into default", async (t) => {
  const reporter = { controller: "restamp.dev/test", instance: "p".repeat(300), action: "Restamp" };
  const regarding = { apiVersion: "v1", kind: "Namespace", namespace: "", name: "shop" };
  const event = buildEvent({ regarding, type: "Normal", reason: "Adopted", note: "n" }, reporter, 0);
  t.match(event, { metadata: { namespace: "default" }, reportingController: "restamp.dev/test", regarding });
  t.equal(event.reportingInstance.length, 128);
});

t.test("buildEvent() has the annotations of a note", async (t) => {
  const reporter = { controller: "restamp.dev/test", instance: "p", action: "Restamp" };
  const regarding = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "cart" };
  const note = { regarding, type: "Normal", reason: "Restamped", note: "n" } as const;
  t.notOk("annotations" in buildEvent(note, reporter, 0).metadata);
  t.same(buildEvent({ ...note, annotations: { a: "b" } }, reporter, 0).metadata.annotations, { a: "b" });
});
