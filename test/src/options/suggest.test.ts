import t from "tap";
import { suggest } from "../../../src/options/suggest.ts";

const names = ["settle", "settle-max", "log-level", "workers", "webhook"];
const cases = [
  { title: "finds a typing error", given: "setle", want: "settle" },
  { title: "finds swapped letters", given: "wokrers", want: "workers" },
  { title: "ignores case", given: "Log-Level", want: "log-level" },
  { title: "completes a beginning", given: "web", want: "webhook" },
  { title: "prefers the nearest", given: "settle-ma", want: "settle-max" },
  { title: "keeps quiet if nothing is near", given: "certificate", want: undefined },
  { title: "keeps quiet about too little", given: "x", want: undefined },
];
for (const { title, given, want } of cases) t.equal(suggest(given, names), want, `suggest() ${title}`);
