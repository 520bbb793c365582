import fc from "fast-check";
import t from "tap";
import { classSource, createMountedClass, type PodMount, readPodMount } from "../../../src/core/mounted-class.ts";
import { reloaderHash } from "../../../src/core/reloader/content-hash.ts";
import { readVersions } from "../../../src/core/source-content.ts";

/** A pod's status: `v2` or `1 2` are the versions of its objects. Its name is its pod's, unless told otherwise. */
function status(pod: string, versions: string, version: number, more: Partial<PodMount> = {}): PodMount {
  const objects = versions.split(" ").map((each, index) => ({ id: `object-${index}`, version: each }));
  const content = readVersions(objects);
  const where = { namespace: "shop", name: pod, className: "db" };
  return {
    ...where,
    pod,
    version,
    rewritten: false,
    writtenAt: version * 1_000,
    content,
    reloaderHash: versions,
    ...more,
  };
}

/** What a class has now, as the versions that {@link status} was given. */
const has = ({ mounted }: ReturnType<typeof createMountedClass>, versions: string): boolean =>
  JSON.stringify([...(mounted?.content ?? [])]) === JSON.stringify([...status("", versions, 0).content]);

function classOf(...pods: PodMount[]): ReturnType<typeof createMountedClass> {
  const made = createMountedClass();
  made.list(pods);
  return made;
}

t.test("a class that no pod mounts has nothing", async (t) => {
  t.equal(classOf().mounted, undefined);
  t.match(
    classSource({ uid: "u", version: 3, content: new Map(), writtenAt: 1, ignored: true, matched: true }, undefined),
    {
      ...{ is: "present", uid: "u", version: 3, ignored: true, matched: true, writtenAt: 0, asStarted: true },
      content: new Map(),
    },
  );
});

t.test("what pods start with is the content of the class, and no change", async (t) => {
  const made = createMountedClass();
  made.take(status("a", "v1", 10));
  t.match(made.mounted, { since: 10, writtenAt: 10_000, asStarted: true });
  made.take(status("b", "v1", 11));
  made.take(status("c", "v2", 12));
  t.ok(has(made, "v1"), "a new pod that is ahead waits until the others follow");
  t.match(made.mounted, { since: 10, asStarted: true });
});

t.test("one rotation, pod after pod, is one change", async (t) => {
  const made = classOf(status("a", "v1", 10), status("b", "v1", 11), status("c", "v1", 12));
  made.take(status("b", "v2", 20));
  const { mounted } = made;
  t.ok(has(made, "v2"));
  t.match(mounted, { since: 20, asStarted: false });
  made.take(status("d", "v2", 21));
  made.take(status("a", "v2", 22));
  made.remove("b");
  made.take(status("c", "v2", 23));
  t.equal(made.mounted, mounted, "the others only follow");
});

t.test("pods that the new version reaches before a running one make it no less a change", async (t) => {
  const made = classOf(status("a", "v1", 10));
  made.take(status("b", "v2", 15));
  made.take(status("a", "v2", 20));
  t.match(made.mounted, { since: 20, asStarted: false });
});

t.test("a pod that comes late brings nothing back", async (t) => {
  const made = classOf(status("a", "v1", 10), status("b", "v1", 11));
  made.take(status("a", "v2", 20));
  made.take(status("a", "v3", 30));
  const { mounted } = made;
  made.take(status("b", "v2", 31));
  made.take(status("c", "v1", 32));
  made.take(status("b", "v3", 33));
  t.equal(made.mounted, mounted);
});

t.test("a version that comes back in a pod that was up to date is a change", async (t) => {
  const made = classOf(status("a", "v1", 10), status("b", "v1", 11));
  made.take(status("a", "v2", 20));
  made.take(status("b", "v2", 21));
  made.take(status("b", "v1", 30));
  t.ok(has(made, "v1"));
  t.match(made.mounted, { since: 30 });
  made.take(status("a", "v1", 31));
  t.match(made.mounted, { since: 30 });
});

t.test("writing a status again without other versions changes nothing", async (t) => {
  const made = classOf(status("a", "v1", 10), status("b", "v1", 11));
  const { mounted } = made;
  made.take(status("a", "v1", 20, { rewritten: true }));
  t.equal(made.mounted, mounted);
});

t.test("a pod of a StatefulSet that takes over the status of the one before has just started", async (t) => {
  const made = classOf(status("db-0", "v1", 10), status("db-1", "v1", 11));
  const { mounted } = made;
  made.take(status("db-0", "v2", 20, { pod: "another", rewritten: true }));
  t.equal(made.mounted, mounted);
  made.take(status("db-0", "v3", 30, { pod: "another", rewritten: true }));
  t.ok(has(made, "v3"));
});

t.test("objects that a class gains or loses are a change", async (t) => {
  const made = classOf(status("a", "v1", 10));
  made.take(status("a", "v1 v1", 20));
  t.ok(has(made, "v1 v1"));
  made.take(status("a", "v1", 30));
  t.match(classSource({ uid: "u", version: 3, content: new Map(), writtenAt: 1, ignored: false }, made.mounted), {
    ...{ removedSince: 30, writtenAt: 30_000, asStarted: false },
    history: new Map([["object-0", { since: 30, first: false }]]),
  });
});

t.test("classSource() tells Reloader's hash of what is mounted where hashes are wanted, and no other", async (t) => {
  const seen = { uid: "u", version: 3, content: new Map(), writtenAt: 1, ignored: false };
  const { mounted } = classOf(status("a", "v1", 10));
  t.equal(classSource(seen, mounted).reloaderHash, undefined);
  const nothing = classSource({ ...seen, reloaderHash: "of the class" }, undefined);
  t.equal(nothing.reloaderHash, undefined);
  t.equal(classSource(nothing, mounted).reloaderHash, "v1");
});

t.test("where nothing was known, the newest counts if any running pod was given another version", async (t) => {
  const rewritten = { rewritten: true };
  const started = classOf(status("b", "v2", 12), status("a", "v1", 10), status("c", "v1", 11));
  t.ok(has(started, "v1"), "else the oldest: the others follow, or have followed");
  t.match(started.mounted, { asStarted: true });
  started.take(status("a", "v2", 20));
  t.match(started.mounted, { since: 20, asStarted: false }, "and when they do, that is a change");
  const rotated = classOf(status("a", "v2", 20, rewritten), status("b", "v1", 11), status("c", "v1", 12, rewritten));
  t.ok(has(rotated, "v2"));
  t.match(rotated.mounted, { asStarted: false });
});

t.test("a list that follows another shows what happened in between", async (t) => {
  const made = classOf(status("a", "v1", 10), status("b", "v1", 11));
  const { mounted } = made;
  made.list([status("c", "v1", 13), status("b", "v1", 11)]);
  t.equal(made.mounted, mounted);
  made.list([status("b", "v1", 11), status("c", "v2", 20, { rewritten: true }), status("d", "v2", 14)]);
  t.match(made.mounted, { since: 20, asStarted: false });
  made.list([status("e", "v3", 31, { rewritten: true }), status("b", "v1", 11)]);
  t.match(made.mounted, { since: 31 }, "also in a pod that came in between");
});

t.test("when the last pod is gone, what it had is kept until the next one starts", async (t) => {
  const made = classOf(status("a", "v1", 10));
  made.take(status("a", "v2", 20));
  made.remove("a");
  t.equal(made.pods, 0);
  t.ok(has(made, "v2"));
  made.take(status("b", "v3", 30));
  t.match(made.mounted, { since: 30, asStarted: true }, "nobody is left who had something else");
  made.take(status("b", "v1", 40));
  t.ok(has(made, "v1"), "what was before is forgotten");
  made.list([]);
  made.list([status("c", "v2", 50)]);
  t.match(made.mounted, { since: 50, asStarted: true });
});

t.test("however the driver gets around, one rotation is one change", async () => {
  const steps = fc.array(fc.record({ pod: fc.nat(5), starts: fc.boolean() }), { maxLength: 30 });
  fc.assert(
    fc.property(steps, (all) => {
      const made = classOf(...[0, 1, 2].map((pod) => status(`pod-${pod}`, "v1", pod + 1)));
      let changes = 0;
      for (const [index, { pod, starts }] of all.entries()) {
        const before = made.mounted;
        if (starts) made.remove(`pod-${pod}`);
        made.take(status(`pod-${pod}`, "v2", 10 + index));
        if (made.mounted !== before && made.mounted?.asStarted === false) changes++;
      }
      return changes <= 1;
    }),
  );
});

t.test("readPodMount() reads what the driver writes", async (t) => {
  const object = {
    metadata: {
      ...{ namespace: "shop", name: "web-0-shop-db", resourceVersion: "42", generation: 2 },
      creationTimestamp: "2026-01-01T00:00:00Z",
      ownerReferences: [
        { kind: "Node", uid: "n" },
        { kind: "Pod", uid: "p" },
      ],
      managedFields: [
        { manager: "driver", time: "2026-01-01T00:01:00Z", fieldsV1: { "f:status": {} } },
        { manager: "other", time: "2026-01-01T00:02:00Z", fieldsV1: { "f:metadata": {} } },
      ],
    },
    status: {
      ...{ podName: "web-0", mounted: true, targetPath: "/pods/p/volumes", secretProviderClassName: "db" },
      objects: [{ id: "password", version: "7" }],
    },
  };
  t.same(readPodMount(object), {
    ...{ namespace: "shop", name: "web-0-shop-db", className: "db", pod: "p", version: 42, rewritten: true },
    writtenAt: Date.parse("2026-01-01T00:01:00Z"),
    content: readVersions([{ id: "password", version: "7" }]),
    reloaderHash: reloaderHash("SecretProviderClass", object),
  });
  const { ownerReferences, managedFields, generation, ...metadata } = object.metadata;
  t.match(readPodMount({ ...object, metadata }), {
    pod: "/pods/p/volumes",
    rewritten: false,
    writtenAt: 1767225600000,
  });
  fc.assert(
    fc.property(fc.jsonValue(), (status) => readPodMount({ metadata: status, status }).className !== undefined),
  );
});
