import t from "tap";
import { environmentName } from "../../../src/options/option-row.ts";
import { optionsMarkdown } from "../../../src/options/options-markdown.ts";
import { optionTable } from "../../../src/options/table.ts";

t.test("optionsMarkdown() has a row for each option", async (t) => {
  const text = optionsMarkdown();
  for (const row of optionTable) t.ok(text.includes(`\`${environmentName(row)}\``), row.name);
});

t.test("optionsMarkdown() makes tables of four columns", async (t) => {
  const lines = optionsMarkdown()
    .split("\n")
    .filter((line) => line.startsWith("|"));
  t.strictSame(
    lines.filter((line) => line.replaceAll("\\|", "").split("|").length !== 6),
    [],
  );
});
