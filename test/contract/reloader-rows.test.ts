import { readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { compatibilityTables } from "../reloader/tables.ts";
import { tablesMarkdown, tablesSummary } from "../reloader/tables-markdown.ts";

// What MIGRATION.md says about Reloader is what tests show.

const root = join(import.meta.dirname, "..", "..");
const text = (file: string): string => readFileSync(join(root, file), "utf8");

for (const { subject, rows } of compatibilityTables) {
  t.test(subject, async (t) => {
    for (const { feature, verdict, note, restore, test } of rows) {
      if (verdict !== "same") t.ok(note, `${feature}: says what is ${verdict}`);
      if (verdict === "different" || verdict === "missing") t.ok(restore, `${feature}: says how to have it back`);
      if (verdict !== "missing" && verdict !== "different") t.ok(test, `${feature}: names its test`);
      if (test !== undefined)
        t.ok(text(test.file).includes(test.title), `${feature}: "${test.title}" is in ${test.file}`);
    }
  });
}

t.test("MIGRATION.md has these tables", async (t) => {
  const guide = text("MIGRATION.md");
  t.ok(guide.includes(tablesMarkdown(compatibilityTables)), 'run "npm run docs"');
  t.ok(guide.includes(tablesSummary(compatibilityTables)), 'run "npm run docs"');
});
