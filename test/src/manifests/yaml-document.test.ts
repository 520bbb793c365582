import { loadYaml } from "@kubernetes/client-node";
import t from "tap";
import { yamlDocument } from "../../../src/manifests/yaml-document.ts";

const words = [
  "true",
  "No",
  "null",
  "y",
  "1",
  "1e3",
  "0x1f",
  "",
  " a",
  "a: b",
  "a #b",
  "- a",
  "*a",
  "&a",
  "it's",
  '"',
  "~",
  "a\\n",
];
const texts = ["a\nb", "  a\nb", "a\n", "a\n\n  b\n\tc", "a\n "];

const cases = [
  { title: "maps and lists in each other", value: { a: [{ b: 1, c: [2, 3] }, { d: { e: "f" } }], g: [["h", ["i"]]] } },
  { title: "empty maps and lists", value: { a: {}, b: [], c: { d: [] } } },
  { title: "numbers and booleans", value: { a: 0, b: -1.5, c: true, d: [false] } },
  {
    title: "words that look like something else",
    value: { list: words, map: Object.fromEntries(words.map((word) => [word, word])) },
  },
  { title: "several lines", value: Object.fromEntries(texts.map((text, index) => [`k${index}`, text])) },
  { title: "several lines in a list", value: { a: ["b\nc"], d: [{ e: "f\ng", h: 1 }] } },
];

for (const { title, value } of cases) {
  t.same(loadYaml(yamlDocument(value)), value, `yamlDocument() is read back as it was: ${title}`);
}

t.equal(
  yamlDocument({ kind: "A", list: [{ name: "b", port: 1 }, "c d"], text: "x &&\n  y" }),
  'kind: A\nlist:\n  - name: b\n    port: 1\n  - "c d"\ntext: |-\n  x &&\n    y\n',
  "yamlDocument() writes what people write",
);
