import { existsSync, readFileSync } from "node:fs";
import t from "tap";
import { optionsMarkdown } from "../../src/options/options-markdown.ts";

const readme = new URL("../../README.md", import.meta.url);

t.test("README.md has the options as the table has them", { skip: !existsSync(readme) }, async (t) => {
  const text = readFileSync(readme, "utf8");
  const [, between] = /<!-- options -->\n\n(.*?)\n<!-- \/options -->/s.exec(text) ?? [];
  t.equal(between, optionsMarkdown(), 'differs: run "npm run docs"');
});
