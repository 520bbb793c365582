import t from "tap";
import { readWatchEvent } from "../../../src/kube/watch-event.ts";

const request = { method: "GET", path: "/api/v1/secrets" } as const;
const object = { metadata: { name: "a" } };
const ended = { metadata: { annotations: { "k8s.io/initial-events-end": "true" } } };

const cases = [
  { title: "an addition", event: { type: "ADDED", object }, want: { kind: "change", type: "added", object } },
  { title: "a modification", event: { type: "MODIFIED", object }, want: { kind: "change", type: "modified", object } },
  { title: "a deletion", event: { type: "DELETED", object }, want: { kind: "change", type: "deleted", object } },
  {
    title: "a bookmark",
    event: { type: "BOOKMARK", object },
    want: { kind: "bookmark", initialEventsEnd: false, object },
  },
  {
    title: "the end of the initial events",
    event: { type: "BOOKMARK", object: ended },
    want: { kind: "bookmark", initialEventsEnd: true, object: ended },
  },
  { title: "a type of a later release", event: { type: "NEWS", object }, want: { kind: "ignored" } },
];
for (const { title, event, want } of cases) {
  t.test(`readWatchEvent() reads ${title}`, async (t) => t.same(readWatchEvent(request, event), want));
}

const failures = [
  { title: "an expired version", event: { type: "ERROR", object: { code: 410, reason: "Expired" } }, code: "gone" },
  { title: "an error without a code", event: { type: "ERROR", object: {} }, code: "unavailable" },
  { title: "a line without an object", event: { type: "ADDED" }, code: "unavailable" },
  { title: "a line that is no event", event: { object }, code: "unavailable" },
];
for (const { title, event, code } of failures) {
  t.test(`readWatchEvent() throws for ${title}`, async (t) => {
    t.throws(() => readWatchEvent(request, event), { code });
  });
}
