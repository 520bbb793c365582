import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { optionsMarkdown, reloaderMarkdown } from "../../src/options/options-markdown.ts";

const documents = [
  { file: "README.md", marker: "options", want: optionsMarkdown() },
  { file: "MIGRATION.md", marker: "reloader options", want: reloaderMarkdown() },
];
for (const { file, marker, want } of documents) {
  const url = new URL(`../../${file}`, import.meta.url);
  t.test(`${file} has the options as the table has them`, { skip: !existsSync(url) }, async (t) => {
    const text = readFileSync(url, "utf8");
    const [, between] = new RegExp(`<!-- ${marker} -->\\n\\n(.*?)\\n<!-- /${marker} -->`, "s").exec(text) ?? [];
    t.equal(between, want, 'differs: run "npm run docs"');
  });
}
