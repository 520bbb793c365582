// npm run docs: writes the option tables of README.md anew, between <!-- options --> and <!-- /options -->.
import { readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown } from "./src/options/options-markdown.ts";

const readme = new URL("README.md", import.meta.url);
const before = readFileSync(readme, "utf8");
const section = /(<!-- options -->\n\n).*?(\n<!-- \/options -->)/s;
if (!section.test(before))
  throw new Error('Cannot write README.md: it has no line "<!-- options -->" before "<!-- /options -->"');
writeFileSync(
  readme,
  before.replace(section, (_, start: string, end: string) => `${start}${optionsMarkdown()}${end}`),
);
