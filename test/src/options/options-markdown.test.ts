import t from "tap";
import { idleFlags } from "../../../src/options/flags.ts";
import { environmentName } from "../../../src/options/option-row.ts";
import { optionsMarkdown, reloaderMarkdown } from "../../../src/options/options-markdown.ts";
import { optionTable, rowsOf } from "../../../src/options/table.ts";

t.test("optionsMarkdown() has a row for each option", async (t) => {
  const text = optionsMarkdown();
  for (const row of optionTable) t.ok(text.includes(`\`${environmentName(row)}\``), row.name);
});

t.test("reloaderMarkdown() has each flag and variable of Reloader, and each default that differs", async (t) => {
  const text = reloaderMarkdown();
  for (const row of rowsOf("reloader")) {
    const { flags = [], environment = [], default: other } = row.reloader ?? {};
    for (const name of [...flags.map((flag) => `--${flag}`), ...environment])
      t.match(text, new RegExp(`^\\|[^|]*\`${name}\``, "m"), name);
    if (other !== undefined) t.ok(text.includes(`\`${other}\``), `${row.name}: ${other}`);
  }
  for (const { name } of idleFlags) t.ok(text.includes(`\`--${name}\``), name);
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
