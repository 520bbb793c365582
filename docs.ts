// npm run docs: writes the tables of README.md and MIGRATION.md anew, each between <!-- NAME --> and <!-- /NAME -->.
import { readFileSync, writeFileSync } from "node:fs";
import { optionsMarkdown, reloaderMarkdown } from "./src/options/options-markdown.ts";
import { compatibilityTables } from "./test/reloader/tables.ts";
import { tablesMarkdown, tablesSummary } from "./test/reloader/tables-markdown.ts";

write("README.md", "options", optionsMarkdown());
write("MIGRATION.md", "reloader options", reloaderMarkdown());
write(
  "MIGRATION.md",
  "reloader behavior",
  `${tablesSummary(compatibilityTables)}\n${tablesMarkdown(compatibilityTables)}`,
);

function write(name: string, marker: string, text: string): void {
  const file = new URL(name, import.meta.url);
  const before = readFileSync(file, "utf8");
  const section = new RegExp(`(<!-- ${marker} -->\n\n).*?(\n<!-- /${marker} -->)`, "s");
  if (!section.test(before))
    throw new Error(`Cannot write ${name}: it has no line "<!-- ${marker} -->" before "<!-- /${marker} -->"`);
  writeFileSync(
    file,
    before.replace(section, (_, start: string, end: string) => `${start}${text}${end}`),
  );
}
