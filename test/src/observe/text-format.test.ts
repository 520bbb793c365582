import t from "tap";
import { formatText } from "../../../src/observe/text-format.ts";

const head = { level: "warn", time: "2026-11-21T07:30:12.345Z", version: "1", pod: "p", msg: "Not ready" };
const cases = [
  { title: "leaves out version and pod", fields: head, want: "07:30:12.345 WARN  Not ready\n" },
  { title: "names the component", fields: { ...head, component: "ops" }, want: "07:30:12.345 WARN  ops: Not ready\n" },
  {
    title: "quotes values only where needed",
    fields: { ...head, a: "shop/cart", b: "two words", c: 3, d: ["x"] },
    want: '07:30:12.345 WARN  Not ready a=shop/cart b="two words" c=3 d=["x"]\n',
  },
  {
    title: "tells an error and its causes in one line",
    fields: {
      ...head,
      err: { type: "E", code: "gone", message: "Broken", cause: { type: "F", message: "Worse", stack: "F\n  at f" } },
    },
    want: "07:30:12.345 WARN  Not ready: E (gone): Broken; because F: Worse\n",
  },
  {
    title: "puts the stack below",
    fields: { ...head, err: { type: "E", message: "Broken", stack: "E: Broken\n    at x" } },
    want: "07:30:12.345 WARN  Not ready: E: Broken\nE: Broken\n    at x\n",
  },
];
for (const { title, fields, want } of cases) t.equal(formatText(JSON.stringify(fields)), want, `formatText() ${title}`);

t.equal(formatText("plain\n"), "plain\n", "formatText() returns what is not JSON as it is");
