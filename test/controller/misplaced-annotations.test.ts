import t from "tap";
import { createMisplacedAnnotations } from "../../controller/misplaced-annotations.ts";
import { createReloaderDialect, reloaderKeys } from "../../src/core/dialects/reloader.ts";
import { keys } from "../../src/core/dialects/restamp.ts";
import { configMaps, namespaces } from "../../src/core/object-ref.ts";
import type { EventNote } from "../../src/core/ports.ts";

const { auto, match } = reloaderKeys;
const elsewhere = (key: string): string => `${key} is read on workloads: write it on those that use this`;

/** A teller, and what it has told: `NAME: NOTE`. */
function create() {
  const told: EventNote[] = [];
  const state = { leads: true, selected: true as boolean | undefined };
  const misplaced = createMisplacedAnnotations(
    {
      events: { record: (note) => void told.push(note) },
      isLeader: () => state.leads,
      selects: () => state.selected,
    },
    { dialects: [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false })] },
  );
  const see = (name: string, annotations?: Record<string, string>) =>
    misplaced.see(configMaps, {
      metadata: { name, namespace: "shop", uid: `uid-${name}`, ...(annotations && { annotations }) },
    });
  return { state, misplaced, see, told, notes: () => told.map(({ regarding, note }) => `${regarding.name}: ${note}`) };
}

t.test("a mistake is told once, for as long as it lasts", async (t) => {
  const { see, told, notes } = create();
  see("app", { [auto]: "true" });
  see("app", { [auto]: "true", other: "b" });
  see("fine", { [match]: "true" });
  see("plain");
  t.same(notes(), [`app: ${elsewhere(auto)}`]);
  t.match(told, [
    {
      type: "Warning",
      reason: "AnnotationWithoutEffect",
      regarding: { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "app", uid: "uid-app" },
    },
  ]);
  see("app", { [keys.enabled]: "true", [auto]: "true" });
  see("app");
  see("app", { [keys.enabled]: "true", [auto]: "true" });
  t.equal(told.length, 3, "another one, and one that is made again, are news");
  t.equal(told[2]?.note, `${elsewhere(keys.enabled)}; ${elsewhere(auto)}`);
});

t.test("the leader tells, and a new one tells what it saw before", async (t) => {
  const { see, notes, state, misplaced } = create();
  state.leads = false;
  see("app", { [auto]: "true" });
  misplaced.tell();
  t.same(notes(), []);
  state.leads = true;
  misplaced.tell();
  misplaced.tell();
  t.same(notes(), [`app: ${elsewhere(auto)}`]);
});

t.test("in namespaces that are not looked after nothing is told", async (t) => {
  const { see, notes, state, misplaced } = create();
  for (const selected of [undefined, false]) {
    state.selected = selected;
    see(`app-${selected}`, { [auto]: "true" });
  }
  t.same(notes(), []);
  state.selected = true;
  misplaced.tell();
  t.equal(notes().length, 2, "until it is known that they are");
});

t.test("what a Namespace says in vain is told in itself", async (t) => {
  const { misplaced, told } = create();
  const metadata = { name: "shop", uid: "u1", labels: { [keys.enabled]: "yes" } };
  misplaced.see(namespaces, { metadata });
  misplaced.see(namespaces, { metadata });
  t.match(told, [
    {
      type: "Warning",
      reason: "AnnotationWithoutEffect",
      regarding: { apiVersion: "v1", kind: "Namespace", namespace: "shop", name: "shop", uid: "u1" },
      note: /"yes" is neither "true" nor "false"/,
    },
  ]);
  t.equal(told.length, 1);
});

t.test("no more are remembered than anybody reads", async (t) => {
  const { see, told } = create();
  for (let index = 0; index <= 1_000; index++) see(`app-${index}`, { [auto]: "true" });
  see("app-1000", { [auto]: "true" });
  t.equal(told.length, 1_001);
  see("app-0", { [auto]: "true" });
  t.equal(told.length, 1_002, "the oldest is forgotten");
});
