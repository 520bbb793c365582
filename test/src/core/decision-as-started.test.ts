import { randomBytes } from "node:crypto";
import t from "tap";
import { type CurrentEntry, currentEntry, patternEntry } from "../../../src/core/current-entry.ts";
import { decide, type Evidence } from "../../../src/core/decision.ts";
import { classSource, type Mounted } from "../../../src/core/mounted-class.ts";
import { readVersions } from "../../../src/core/source-content.ts";

const key = { id: "k1", bytes: randomBytes(32) };
const id = { kind: "SecretProviderClass", namespace: "shop", name: "db" } as const;
const entry = "secretproviderclass/db";
const seen = { uid: "u", version: 3, content: new Map(), writtenAt: 0, ignored: false };

function mounted(version: string, asStarted: boolean): Mounted {
  return {
    content: readVersions([{ id: "password", version }]),
    reloaderHash: "",
    since: 30,
    writtenAt: 30_000,
    asStarted,
  };
}

function entryOf(pods: Mounted | undefined): CurrentEntry {
  const reference = { kind: id.kind, name: id.name, optional: false, allEnv: false, allFiles: true, keys: [] };
  return currentEntry(reference, { id, state: classSource(seen, pods) }, key);
}

const digestOf = (current: CurrentEntry): string => (current.is === "present" ? current.digest : current.is);

/** What becomes of pods that are recorded to run with `before`. */
function decision(before: string | undefined, current: CurrentEntry) {
  const evidence: Evidence = {
    record: before === undefined ? undefined : { keyId: "k1", entries: new Map([[entry, before]]) },
    inherited: false,
    current: new Map([[entry, current]]),
    provenance: { kind: "unwatched", createdAt: 1_000 },
    oneSequence: true,
    ignored: new Set(),
    heeded: new Set(),
    writtenAt: () => 30_000,
  };
  const { changes, missing, learned } = decide(evidence);
  return { rolls: changes.map(({ how }) => how)[0], runs: learned?.get(entry) ?? before, missing };
}

const [v1, v2] = [digestOf(entryOf(mounted("v1", true))), digestOf(entryOf(mounted("v2", true)))];

t.test("what pods of a class started with is recorded, whatever was recorded before", async (t) => {
  for (const before of [undefined, v1, "absent", "unknown", "stale"]) {
    const outcome = decision(before, entryOf(mounted("v2", true)));
    t.same(outcome, { rolls: undefined, runs: v2, missing: [] }, before ?? "nothing");
  }
});

t.test("a class that no pod has mounted yet is nothing that is missing", async (t) => {
  t.match(decision(undefined, entryOf(undefined)), { rolls: undefined, missing: [] });
  t.match(decision(v1, entryOf(undefined)), { rolls: undefined, missing: [] });
});

t.test("what pods were given while they ran rolls, unless they are recorded to run with it", async (t) => {
  t.same(decision(v1, entryOf(mounted("v2", false))), { rolls: "changed", runs: v1, missing: [] });
  t.same(decision(v2, entryOf(mounted("v2", false))), { rolls: undefined, runs: v2, missing: [] });
});

t.test("a pattern of classes started as it is if each of them did", async (t) => {
  const all = (...pods: Mounted[]) => pods.map((each) => ({ id, state: classSource(seen, each) }));
  t.match(patternEntry(all(mounted("v1", true), mounted("v2", true)), key), { asStarted: true });
  t.match(patternEntry(all(mounted("v1", true), mounted("v2", false)), key), { asStarted: false });
});
