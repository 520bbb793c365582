import fc from "fast-check";
import t from "tap";
import { type Match, matchRestarts, matchTime, restartsIn } from "../../../src/core/comparison.ts";
import type { Side, ToldRestart } from "../../../src/core/told-event.ts";

const windowMs = 120;

/** `reloader a 10`, `restamp a,b 5-10`; without a workload it is about "web". */
function told(text: string): ToldRestart {
  const [side, sources = "", time = "", name = "web"] = text.split(" ");
  const [from = "", at = from] = time.split("-");
  const workload = { group: "apps", kind: "Deployment", namespace: "shop", name };
  const entries = sources.split(",").filter((entry) => entry !== "?");
  return { side: side as Side, workload, sources: entries, from: Number(from), until: Number(at), at: Number(at) };
}

function show(match: Match): string {
  const times = (side: Side) =>
    restartsIn(match)
      .filter((each) => each.side === side)
      .map(({ at }) => at);
  return `${match.verdict} ${times("reloader")}:${times("restamp")}`;
}

const cases: readonly { title: string; told: readonly string[]; is: readonly string[] }[] = [
  { title: "one for one", told: ["reloader a 10", "restamp a 15"], is: ["both 10:15"] },
  { title: "whichever comes first", told: ["restamp a 10", "reloader a 15"], is: ["both 15:10"] },
  {
    title: "one for a ConfigMap and a Secret",
    told: ["reloader a 10", "reloader b 11", "restamp a,b 15"],
    is: ["both 10,11:15"],
  },
  {
    title: "another source",
    told: ["reloader a 10", "restamp b 15"],
    is: ["only-reloader 10:", "only-restamp :15"],
  },
  { title: "a source that is not known", told: ["reloader ? 10", "restamp b 15"], is: ["both 10:15"] },
  { title: "far away", told: ["reloader a 10", "restamp a 131"], is: ["only-reloader 10:", "only-restamp :131"] },
  { title: "just near enough", told: ["reloader a 10", "restamp a 130"], is: ["both 10:130"] },
  {
    title: "the nearest",
    told: ["reloader a 10", "reloader a 90", "restamp a 15", "restamp a 95"],
    is: ["both 10:15", "both 90:95"],
  },
  {
    title: "held back by the minimum interval: near to the change, far from the restart",
    told: ["reloader a 10", "reloader a 400", "restamp a 5-900"],
    is: ["both 10,400:900"],
  },
  {
    title: "what is in doubt counts for both",
    told: ["reloader a 10", "reloader a 15", "restamp a 16", "restamp a 50"],
    is: ["both 10:16", "both 15:50"],
  },
  {
    title: "a restart of Reloader that nothing calls for, between two that are",
    told: ["reloader a 10", "reloader b 20", "reloader a 30", "restamp a 33"],
    is: ["only-reloader 20:", "both 10,30:33"],
  },
  {
    title: "workloads apart",
    told: ["reloader a 10 web", "restamp a 12 api"],
    is: ["only-restamp :12", "only-reloader 10:"],
  },
];
for (const { title, told: texts, is } of cases) {
  t.test(`matchRestarts() of ${title}`, async (t) => {
    t.same(matchRestarts(texts.map(told), windowMs).map(show), is);
  });
}

const restarts = fc.array(
  fc
    .record({
      side: fc.constantFrom<Side>("reloader", "restamp"),
      name: fc.constantFrom("web", "api"),
      sources: fc.subarray(["a", "b", "c"]),
      at: fc.nat(1_000),
      lasting: fc.nat(200),
    })
    .map(({ side, name, sources, at, lasting }): ToldRestart => {
      const workload = { group: "apps", kind: "Deployment", namespace: "shop", name };
      return { side, workload, sources, from: at - lasting, until: at, at };
    }),
  { maxLength: 24 },
);

const isPossible = (left: ToldRestart, right: ToldRestart): boolean =>
  left.workload.name === right.workload.name &&
  (left.sources.length === 0 ||
    right.sources.length === 0 ||
    left.sources.some((each) => right.sources.includes(each))) &&
  Math.max(left.from - right.until, right.from - left.until) <= windowMs;

t.test("matchRestarts() has every restart in one match", async () => {
  fc.assert(
    fc.property(restarts, (all) => {
      const matched = matchRestarts(all, windowMs).flatMap(restartsIn);
      return matched.length === all.length && new Set(matched).size === all.length;
    }),
  );
});

t.test("matchRestarts() makes only matches that are possible, and leaves no pair of lonely ones", async () => {
  fc.assert(
    fc.property(restarts, (all) => {
      const matches = matchRestarts(all, windowMs);
      const lonely = matches.filter(({ verdict }) => verdict !== "both").flatMap(restartsIn);
      const isGood = matches.every(
        (match) => match.verdict !== "both" || match.reloader.every((each) => isPossible(each, match.restamp)),
      );
      return isGood && !lonely.some((a) => lonely.some((b) => a.side !== b.side && isPossible(a, b)));
    }),
  );
});

t.test("matchRestarts() spares a restart for one that has none", async () => {
  fc.assert(
    fc.property(restarts, (all) => {
      const matches = matchRestarts(all, windowMs);
      const spare = matches.flatMap((match) =>
        match.verdict === "both" && match.reloader.length > 1 ? match.reloader : [],
      );
      return !matches.some(
        (match) => match.verdict === "only-restamp" && spare.some((each) => isPossible(each, match.restamp)),
      );
    }),
  );
});

t.test("matchRestarts() does not depend on the order in which it is told", async (t) => {
  const texts = ["reloader a 10", "reloader b 20", "reloader a 30", "restamp a 33", "restamp b 500"];
  const shown = (list: readonly string[]) => matchRestarts(list.map(told), windowMs).map(show);
  fc.assert(
    fc.property(fc.shuffledSubarray(texts, { minLength: texts.length }), (list) => {
      t.same(shown(list), shown(texts));
    }),
    { numRuns: 20 },
  );
  t.same(matchRestarts([], windowMs), []);
});

t.test("matchTime() is that of the last restart", async (t) => {
  const [match] = matchRestarts(["reloader a 10", "restamp a 4-15"].map(told), windowMs);
  t.equal(match === undefined ? 0 : matchTime(match), 15);
});
