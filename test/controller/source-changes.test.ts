import t from "tap";
import { createSourceChanges } from "../../controller/source-changes.ts";
import type { TrackedWorkload } from "../../controller/workload-store.ts";
import type { PresentSource, SourceState } from "../../src/core/source-state.ts";

const source = { kind: "ConfigMap", namespace: "shop", name: "app" } as const;

function present(values: Readonly<Record<string, string>>, more: Partial<PresentSource> = {}): PresentSource {
  const content = new Map(Object.entries(values).map(([key, sha256]) => [key, { sha256, binary: false }]));
  const none = {
    uid: "u",
    version: 1,
    history: new Map(),
    appearedAt: 0,
    removedSince: 0,
    writtenAt: 0,
    ignored: false,
  };
  return { is: "present", ...none, content, ...more };
}
const absent: SourceState = { is: "absent" };
const unknown: SourceState = { is: "unknown", reason: "forbidden" };
const a = present({ key: "a" });
const b = present({ key: "b" });

interface Flags {
  readonly reloadOnCreate?: boolean;
  readonly reloadOnDelete?: boolean;
  readonly isLeader?: boolean;
  readonly selects?: boolean | undefined;
}

/** What follows of reads, one after the other, of a source that one workload refers to. */
function create({ reloadOnCreate = false, reloadOnDelete = false, isLeader = true, ...flags }: Flags = {}) {
  const told: string[] = [];
  const tracked = { key: "web", unrest: undefined, changedKeys: new Map() } as unknown as TrackedWorkload;
  const nothing = () => undefined;
  const metrics = {
    ...{ unknownKey: nothing, reverted: nothing },
    invalidAnnotation: () => void told.push("counted: invalid"),
    sourceSeen: (_source: object, finding: string) => void told.push(`counted: ${finding}`),
    concerned: () => void told.push("counted: concerned"),
  };
  const changes = createSourceChanges(
    {
      ...{ metrics, isLeader: () => isLeader, now: () => 5_000, workloads: () => [tracked] },
      events: { record: ({ reason, note }) => told.push(`${reason}: ${note}`) },
      selects: () => ("selects" in flags ? flags.selects : true),
      queue: { add: (key) => told.push(`queued: ${key}`) },
    },
    { reloadOnCreate, reloadOnDelete, onSourceChanged: () => told.push("outside") },
  );
  return {
    tracked,
    read(before: SourceState | undefined, state: SourceState): readonly string[] {
      changes.read(source, { before, state, reported: 4_000 });
      return told.splice(0);
    },
  };
}

const concerned = ["counted: changed", "counted: concerned", "queued: web"];
const reads: readonly {
  readonly title: string;
  readonly before: SourceState | undefined;
  readonly state: SourceState;
  readonly want: readonly string[];
}[] = [
  { title: "a first read", before: undefined, state: a, want: ["queued: web"] },
  { title: "a first read of nothing", before: undefined, state: absent, want: ["queued: web"] },
  { title: "content as it was", before: a, state: present({ key: "a" }, { version: 2 }), want: ["counted: unchanged"] },
  { title: "other content", before: a, state: b, want: ["outside", ...concerned] },
  { title: "one key more", before: a, state: present({ key: "a", more: "x" }), want: ["outside", ...concerned] },
  { title: "another mark", before: a, state: present({ key: "a" }, { ignored: true }), want: concerned },
  { title: "a mark to match", before: a, state: present({ key: "a" }, { matched: true }), want: concerned },
  { title: "what is gone", before: a, state: absent, want: concerned },
  { title: "what is back", before: absent, state: a, want: ["outside", ...concerned] },
  { title: "what is still gone", before: absent, state: absent, want: ["counted: unchanged"] },
  { title: "what cannot be read any more", before: a, state: unknown, want: ["counted: concerned", "queued: web"] },
  { title: "what can be read again", before: unknown, state: a, want: ["outside", ...concerned] },
  { title: "what still cannot be read", before: unknown, state: unknown, want: [] },
];
for (const { title, before, state, want } of reads) {
  t.same(create().read(before, state), want, `read() follows up ${title}`);
}

const outside: readonly (Flags & {
  readonly title: string;
  readonly before: SourceState | undefined;
  readonly state: SourceState;
  readonly want: boolean;
})[] = [
  { title: "a change", before: a, state: b, want: true },
  { title: "a change, not by a standby", before: a, state: b, isLeader: false, want: false },
  { title: "a change, not out of reach", before: a, state: b, selects: false, want: false },
  { title: "a change, not before that is known", before: a, state: b, selects: undefined, want: false },
  { title: "no deletion", before: a, state: absent, want: false },
  { title: "a deletion where that is asked for", before: a, state: absent, reloadOnDelete: true, want: true },
  { title: "no deletion of what could not be read", before: unknown, state: absent, reloadOnDelete: true, want: false },
  { title: "no creation", before: undefined, state: present({ key: "a" }, { appearedAt: 1 }), want: false },
  {
    title: "a creation where that is asked for",
    before: undefined,
    state: present({ key: "a" }, { appearedAt: 1 }),
    reloadOnCreate: true,
    want: true,
  },
  { title: "nothing that was there before", before: undefined, state: a, reloadOnCreate: true, want: false },
];
for (const { title, before, state, want, ...flags } of outside) {
  t.equal(create(flags).read(before, state).includes("outside"), want, `read() tells the outside of ${title}`);
}

t.test("read() remembers for how long, and which keys changed", async (t) => {
  const { read, tracked } = create();
  read(undefined, a);
  t.equal(tracked.unrest, undefined, "a first read is no unrest");
  read(a, present({ key: "b", other: "x" }));
  t.match(tracked.unrest, { first: 5_000, last: 5_000, reported: 4_000 });
  read(present({ key: "b", other: "x" }), present({ key: "b" }));
  const changed = tracked.changedKeys.get("configmap/app");
  t.same([...(changed?.names ?? [])], ["key", "other"]);
  t.equal(changed?.total, 2);
});

t.test("read() tells once what is wrong with a source, by one replica", async (t) => {
  const wrong = present({ key: "a" }, { problem: "Cannot read it" });
  const { read } = create();
  t.ok(read(undefined, wrong).includes("InvalidAnnotation: Cannot read it"));
  t.same(read(wrong, wrong), ["counted: unchanged"]);
  read(wrong, a);
  t.match(read(a, wrong), ["InvalidAnnotation: Cannot read it", "counted: invalid"]);
  t.same(create({ isLeader: false }).read(undefined, wrong), ["queued: web"]);
});
