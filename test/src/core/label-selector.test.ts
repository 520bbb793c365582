import t from "tap";
import { type LabelSelector, matchesLabels, parseLabelSelector } from "../../../src/core/label-selector.ts";
import { startControlPlane } from "../../controlplane/control-plane.ts";
import { type KubeObject, kubeClient } from "../../controlplane/kube.ts";

const sets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: {},
  web: { app: "web", tier: "front" },
  api: { app: "api", size: "3", "shop.example/team": "a_b.c-d" },
  empty: { app: "", size: "12" },
  word: { size: "big", hot: "true" },
};

/** Selectors that the API server reads as well, what they are written anew as, and which of the sets meet them. */
const selectors: readonly { text: string; again?: string; matches: readonly string[] }[] = [
  { text: "", matches: ["api", "empty", "none", "web", "word"] },
  { text: "app=web", matches: ["web"] },
  { text: "app==web", again: "app=web", matches: ["web"] },
  { text: " app = web ", again: "app=web", matches: ["web"] },
  { text: "app!=web", matches: ["api", "empty", "none", "word"] },
  { text: "app=", matches: ["empty"] },
  { text: "app!=", matches: ["api", "none", "web", "word"] },
  { text: "app", matches: ["api", "empty", "web"] },
  { text: "!app", matches: ["none", "word"] },
  { text: "! app", again: "!app", matches: ["none", "word"] },
  { text: "app in (web, api)", again: "app in (web,api)", matches: ["api", "web"] },
  { text: "app in (web)", again: "app=web", matches: ["web"] },
  { text: "app in(web,)", again: "app in (web,)", matches: ["empty", "web"] },
  { text: "app in ()", again: "app=", matches: ["empty"] },
  { text: "app notin (web,api)", matches: ["empty", "none", "word"] },
  { text: "size>3", matches: ["empty"] },
  { text: "size<10", matches: ["api"] },
  { text: "size > 2, size < 12", again: "size>2,size<12", matches: ["api"] },
  { text: "app,tier!=front,size", matches: ["api", "empty"] },
  { text: "app in (web,api),!tier", matches: ["api"] },
  { text: "shop.example/team=a_b.c-d", matches: ["api"] },
  { text: "hot=true", matches: ["word"] },
  { text: "constructor", matches: [] },
];

/** What the API server refuses, too. */
const malformed = [
  "app=web,",
  ",",
  "app web",
  "app in web",
  "app in (web",
  "app in (web))",
  "app=web=api",
  "!app=web",
  "=web",
  "a/b/c=d",
  "UPPER.example/app=web",
  "-app=web",
  "app=-web",
  "app=a b",
  "size>big",
  "app:web",
  "app=*",
  `app=${"x".repeat(64)}`,
];

/** Reloader's older notation: https://github.com/stakater/Reloader takes `key:value` and `*` for any value. */
const legacy = [
  { text: "app:web", again: "app=web", matches: ["web"] },
  { text: "app:*", again: "app", matches: ["api", "empty", "web"] },
  { text: "app=*", again: "app", matches: ["api", "empty", "web"] },
  { text: "app:web,tier=*", again: "app=web,tier", matches: ["web"] },
  { text: "app in (web,api),size:3", again: "app in (web,api),size=3", matches: ["api"] },
];

const matching = (selector: LabelSelector): readonly string[] =>
  Object.keys(sets)
    .filter((name) => matchesLabels(selector, sets[name] ?? {}))
    .sort();

function parsed(text: string, options = {}): LabelSelector {
  const result = parseLabelSelector(text, options);
  if ("problem" in result) throw new Error(result.problem);
  return result.selector;
}

for (const { text, again = text, matches } of selectors) {
  t.test(`matchesLabels(): "${text}"`, async (t) => {
    t.same(matching(parsed(text)), matches);
    t.equal(parsed(text).text, again);
    t.same(matching(parsed(again)), matches, "and so does what is sent to the API server");
  });
}

t.test("parseLabelSelector() reads Reloader's notation where it is asked to", async (t) => {
  for (const { text, again, matches } of legacy) {
    t.same(matching(parsed(text, { legacy: true })), matches, text);
    t.equal(parsed(text, { legacy: true }).text, again);
    t.match(parseLabelSelector(text), { problem: /^Cannot read label selector "/ });
  }
});

t.test("parseLabelSelector() says what is wrong", async (t) => {
  for (const text of malformed) t.match(parseLabelSelector(text), { problem: /^Cannot read label selector "/ }, text);
  t.match(parseLabelSelector("app web"), { problem: /"app web" is no requirement, write for example "app=web"/ });
  t.match(parseLabelSelector("app=-web"), { problem: /"-web" is not the value of a label$/ });
  t.match(parseLabelSelector("a/b/c"), { problem: /"a\/b\/c" is not the key of a label$/ });
  t.match(parseLabelSelector("size>big"), { problem: /"big" is not a number$/ });
});

t.test("the API server means the same", async (t) => {
  const plane = await startControlPlane();
  t.teardown(() => plane.stop());
  const kube = kubeClient(plane);
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "labels" } });
  for (const [name, labels] of Object.entries(sets)) {
    await kube.create({ apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "labels", labels } });
  }
  const list = async (selector: string): Promise<readonly string[]> => {
    const path = `/api/v1/namespaces/labels/secrets?labelSelector=${encodeURIComponent(selector)}`;
    return (await kube.list<KubeObject>(path)).map(({ metadata }) => metadata.name).sort();
  };
  for (const { text, matches } of [...selectors, ...legacy]) {
    t.same(await list(parsed(text, { legacy: true }).text), matches, text);
  }
  for (const { text, matches } of selectors) t.same(await list(text), matches, `${text}, as it was written`);
  for (const text of malformed) await t.rejects(list(text), Error, `${text} is refused`);
});
