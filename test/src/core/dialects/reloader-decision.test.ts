import fc from "fast-check";
import t from "tap";
import { createReloaderDialect, reloaderKeys } from "../../../../src/core/dialects/reloader.ts";
import { podReferences } from "../../../../src/core/pod-references.ts";
import { readPolicy, readSourceMarks } from "../../../../src/core/policy.ts";
import { type SourceKind, sourceEntry } from "../../../../src/core/source.ts";
import { matchesAny, workloadReferences } from "../../../../src/core/workload-references.ts";

// Whether a change of a source reloads a workload, by the decision procedure of Stakater Reloader v1.4.21
// (`ShouldReload`, and the search for a container that follows it). The steps have the numbers of our description of it.

type Texts = Readonly<Record<string, string>>;

/** A source that has changed, and a workload. */
interface Case {
  readonly kind: SourceKind;
  readonly name: string;
  /** Annotations of the source. */
  readonly source: Texts;
  /** Annotations of the workload, and of its pod template. */
  readonly workload: Texts;
  readonly template: Texts;
  /** Whether a container uses the source. */
  readonly referred: boolean;
  readonly autoReloadAll: boolean;
}

const plain: Case = {
  kind: "ConfigMap",
  name: "app",
  source: {},
  workload: {},
  template: {},
  referred: true,
  autoReloadAll: false,
};

/** What restamp decides. */
function counts({ kind, name, source, workload, template, referred, autoReloadAll }: Case): boolean {
  const dialects = [createReloaderDialect("reloader", reloaderKeys, { autoReloadAll })];
  const policy = readPolicy(
    { labels: {}, annotations: workload, template },
    { labels: {}, annotations: {} },
    { settleMs: 0, minIntervalMs: 0, dialects },
  );
  const references = workloadReferences(referred ? podReferences(using(kind, name)) : [], policy);
  const marks = readSourceMarks(source, { dialects });
  if (!policy.enabled || marks.ignored) return false;
  const entry = sourceEntry({ kind, name });
  if (references.sources.has(entry)) return marks.matched || !references.matchedOnly.has(entry);
  return (
    matchesAny([...references.patterns.values()], { kind, name }) && !matchesAny(references.exclude, { kind, name })
  );
}

/** A pod template that uses one source. */
function using(kind: SourceKind, name: string): object {
  if (kind === "ConfigMap") return { spec: { containers: [{ envFrom: [{ configMapRef: { name } }] }] } };
  if (kind === "Secret") return { spec: { containers: [{ envFrom: [{ secretRef: { name } }] }] } };
  const csi = { driver: "secrets-store.csi.k8s.io", volumeAttributes: { secretProviderClass: name } };
  const containers = [{ volumeMounts: [{ name: "v", mountPath: "/v" }] }];
  return { spec: { containers, volumes: [{ name: "v", csi }] } };
}

/** What Reloader decides, but for two differences on purpose: `a|b` is a whole name, and a wrong expression matches nothing. */
function shouldReload({ kind, name, source, workload, template, referred, autoReloadAll }: Case): boolean {
  const type = kind.toLowerCase();
  const keyOfNames = `${type}.reloader.stakater.com/reload`;
  const keyOfType = `${type}.reloader.stakater.com/auto`;
  const excludeKey = `${type}${type.endsWith("s") ? "es" : "s"}.exclude.reloader.stakater.com/reload`;
  // 2.
  if (source["reloader.stakater.com/ignore"] === "true") return false;
  // 3.
  const four = [keyOfNames, "reloader.stakater.com/search", "reloader.stakater.com/auto", keyOfType];
  const from = four.some((key) => Object.hasOwn(workload, key)) ? workload : template;
  // 4.
  const excluded = (workload[excludeKey] ?? "").split(",").map((each) => each.trim());
  if (excluded.includes(name)) return false;
  // 5.
  const values = (from[keyOfNames] ?? "").split(",");
  if (values.some((value) => compiled(value.trim())?.test(name) === true)) return true;
  const [auto, typed] = [from["reloader.stakater.com/auto"], from[keyOfType]];
  // 6., 7., 8., and each of them needs a container that uses the source.
  const byMatch = from["reloader.stakater.com/search"] === "true" && source["reloader.stakater.com/match"] === "true";
  const byAuto = parseBool(auto) || parseBool(typed);
  const byDefault = [auto, typed].every((value) => value === undefined || value === "") && autoReloadAll;
  return referred && (byMatch || byAuto || byDefault);
}

function parseBool(value = ""): boolean {
  return ["1", "t", "T", "TRUE", "true", "True"].includes(value);
}

function compiled(value: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${value})$`);
  } catch {
    return undefined;
  }
}

const auto = (value: string): Texts => ({ "reloader.stakater.com/auto": value });
const typed = (value: string, type = "configmap"): Texts => ({ [`${type}.reloader.stakater.com/auto`]: value });
const names = (value: string, type = "configmap"): Texts => ({ [`${type}.reloader.stakater.com/reload`]: value });
const search = (value: string): Texts => ({ "reloader.stakater.com/search": value });
const match = (value: string): Texts => ({ "reloader.stakater.com/match": value });
const ignore = (value: string): Texts => ({ "reloader.stakater.com/ignore": value });
const exclude = (value: string, types = "configmaps"): Texts => ({
  [`${types}.exclude.reloader.stakater.com/reload`]: value,
});

const all = { autoReloadAll: true };
const elsewhere = { referred: false };
const secret = { kind: "Secret" } as const;
const spc = { kind: "SecretProviderClass" } as const;

/** What each changes of {@link plain}, and whether that reloads. */
const cases: readonly (readonly [title: string, change: Partial<Case>, want: boolean])[] = [
  ["nothing is said", {}, false],
  ["2. the source is ignored", { workload: auto("true"), source: ignore("true") }, false],
  ["2. it is ignored though it is named", { workload: names("app"), source: ignore("true") }, false],
  ["2. another value does not ignore it", { workload: auto("true"), source: ignore("True") }, true],
  ["2. a workload cannot be ignored", { workload: { ...auto("true"), ...ignore("true") } }, true],
  ["3. the pod template speaks where the workload is silent", { template: auto("true") }, true],
  ["3. the workload speaks before its pod template", { workload: auto("false"), template: auto("true") }, false],
  ["3. a value that is empty is no silence", { workload: auto(""), template: auto("true") }, false],
  ["3. any of the four is no silence", { workload: search("false"), template: auto("true") }, false],
  ["3. each type is asked for itself", { workload: names("x", "secret"), template: names("app") }, true],
  ["3. what is read on workloads only is none of the four", { workload: exclude("x"), template: auto("true") }, true],
  ["4. a name is excluded", { workload: { ...auto("true"), ...exclude("db, app ") } }, false],
  ["4. it is excluded though it is named", { workload: { ...names("app"), ...exclude("app") } }, false],
  ["4. it is excluded though an expression matches", { workload: { ...names("a.*"), ...exclude("app") } }, false],
  ["4. it is excluded though a flag asks for all", { workload: exclude("app"), ...all }, false],
  ["4. an expression excludes nothing", { workload: { ...auto("true"), ...exclude("a.*,ap*,ap?") } }, true],
  ["4. another type's name excludes nothing", { workload: { ...auto("true"), ...exclude("app", "secrets") } }, true],
  ["4. a pod template excludes nothing", { workload: auto("true"), template: exclude("app") }, true],
  ["4. Secrets", { ...secret, workload: { ...auto("true"), ...exclude("app", "secrets") } }, false],
  ["4. SPCs", { ...spc, workload: { ...auto("true"), ...exclude("app", "secretproviderclasses") } }, false],
  ["5. a name", { workload: names("db, app") }, true],
  ["5. a name that no container uses", { workload: names("app"), ...elsewhere }, true],
  ["5. a name with auto off", { workload: { ...names("app"), ...auto("false") } }, true],
  ["5. a part of a name", { workload: names("ap,pp") }, false],
  ["5. an expression", { workload: names("a[p]+"), ...elsewhere }, true],
  ["5. a dot is any character", { workload: names("ap."), ...elsewhere }, true],
  ["5. either name as a whole", { workload: names("db|app"), ...elsewhere }, true],
  ["5. neither as a whole", { workload: names("a|pp"), ...elsewhere }, false],
  ["5. a wrong expression beside a good one", { workload: names("(,app"), ...elsewhere }, true],
  ["5. on the pod template", { template: names("app"), ...elsewhere }, true],
  ["5. another type", { workload: names("app", "secret") }, false],
  ["5. a Secret", { ...secret, workload: names("app", "secret"), ...elsewhere }, true],
  ["5. an SPC", { ...spc, workload: names("app", "secretproviderclass"), ...elsewhere }, true],
  ["6. search and match", { workload: search("true"), source: match("true") }, true],
  ["6. on the pod template", { template: search("true"), source: match("true") }, true],
  ["6. only searched", { workload: search("true") }, false],
  ["6. only matched", { source: match("true") }, false],
  ["6. exactly true is searched", { workload: search("True"), source: match("true") }, false],
  ["6. exactly true is matched", { workload: search("true"), source: match("1") }, false],
  ["6. what no container uses", { workload: search("true"), source: match("true"), ...elsewhere }, false],
  ["6. with auto off", { workload: { ...search("true"), ...auto("false") }, source: match("true") }, true],
  ["6. not the mark of a workload", { workload: { ...search("true"), ...match("true") } }, false],
  ...["1", "t", "T", "TRUE", "true", "True"].map((value) => [`7. ${value}`, { workload: auto(value) }, true] as const),
  ...["0", "f", "false", "yes", "on", "tRUE", " true", "", "2"].map(
    (value) => [`7. ${JSON.stringify(value)}`, { workload: auto(value) }, false] as const,
  ),
  ["7. what no container uses", { workload: auto("true"), ...elsewhere }, false],
  ["7. the type's", { workload: typed("T") }, true],
  ["7. only one needs to be true", { workload: { ...auto("false"), ...typed("true") } }, true],
  ["7. whichever", { workload: { ...auto("true"), ...typed("false") } }, true],
  ["7. another type's", { workload: typed("true", "secret") }, false],
  ["7. a Secret", { ...secret, workload: typed("true", "secret") }, true],
  ["7. an SPC", { ...spc, workload: typed("true", "secretproviderclass") }, true],
  ["7. an SPC by the word for all", { ...spc, workload: auto("true") }, true],
  ["8. nothing is said", { ...all }, true],
  ["8. what no container uses", { ...all, ...elsewhere }, false],
  ["8. an empty value says nothing", { workload: { ...auto(""), ...typed("") }, ...all }, true],
  ["8. false opts out", { workload: auto("false"), ...all }, false],
  ["8. whatever is not true opts out", { workload: auto("yes"), ...all }, false],
  ["8. the type's opts out", { workload: typed("false"), ...all }, false],
  ["8. of its type", { ...secret, workload: typed("false"), ...all }, true],
  ["8. on the pod template", { template: auto("false"), ...all }, false],
  ["8. other names do not opt out", { workload: names("db"), ...all }, true],
  ["8. nor does a search", { workload: search("true"), ...all }, true],
  ["8. the source is ignored", { source: ignore("true"), ...all }, false],
];
for (const [title, change, want] of cases) {
  const given = { ...plain, ...change };
  t.equal(shouldReload(given), want, `the model: ${title}`);
  t.equal(counts(given), want, title);
}

const bools = fc.constantFrom("true", "True", "1", "false", "yes", "", " true");
const lists = fc.constantFrom(
  "app",
  "db",
  "app,db",
  " db , app ",
  "a.*",
  "app.v1",
  "db|app",
  "a|pp",
  "(",
  "(,app",
  "",
  "*",
);
const kinds = ["configmap", "secret", "secretproviderclass"];
const marks = fc
  .record(
    {
      "reloader.stakater.com/auto": bools,
      "reloader.stakater.com/search": bools,
      ...Object.fromEntries(kinds.flatMap((kind) => [...Object.keys(typed("", kind))].map((key) => [key, bools]))),
      ...Object.fromEntries(kinds.flatMap((kind) => [...Object.keys(names("", kind))].map((key) => [key, lists]))),
      ...Object.fromEntries(
        ["configmaps", "secrets", "secretproviderclasses"].flatMap((types) =>
          Object.keys(exclude("", types)).map((key) => [key, lists]),
        ),
      ),
    },
    { requiredKeys: [] },
  )
  .map((texts) => texts as Texts);
const given: fc.Arbitrary<Case> = fc.record({
  kind: fc.constantFrom<SourceKind>("ConfigMap", "Secret", "SecretProviderClass"),
  name: fc.constantFrom("app", "db", "app.v1", "app-v1"),
  source: fc.record(
    { "reloader.stakater.com/ignore": bools, "reloader.stakater.com/match": bools },
    { requiredKeys: [] },
  ),
  workload: marks,
  template: marks,
  referred: fc.boolean(),
  autoReloadAll: fc.boolean(),
});

t.test("whatever is annotated, restamp decides as Reloader does", async () => {
  fc.assert(
    fc.property(given, (each) => counts(each) === shouldReload(each)),
    { numRuns: 5_000 },
  );
});
