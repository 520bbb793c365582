import type { OptionRow } from "./option-row.ts";

/** Reloader's text as restamp's option has it, or what is wrong with it and what to write instead. */
export type ReloaderText = { readonly text: string; readonly warning?: string } | { readonly problem: string };

// Go's strconv.ParseBool, which its flags are read with.
const goTrue = ["1", "t", "T", "true", "TRUE", "True"];
const goFalse = ["0", "f", "F", "false", "FALSE", "False"];

/** Reads the text of one of Reloader's flags or variables as Reloader 1.4 does. */
export function readReloaderText(row: OptionRow, text: string): ReloaderText {
  const { reads, words } = row.reloader ?? {};
  switch (reads) {
    case "goBoolean":
      return goBoolean(text);
    case "exactlyTrue":
      return exactlyTrue(text);
    case "exactlyEnabled":
      return { text: String(text === "enabled") };
    case "selector":
      return { text: unquoted(text) };
    case undefined: {
      const lower = text.toLowerCase();
      if (row.type === "oneOf") return { text: words?.[lower] ?? lower };
      return { text: isList(row) ? unquoted(text) : text };
    }
    default:
      return reads satisfies never;
  }
}

/** Whether an option that is given several times has all the values. */
export function isList({ type }: Pick<OptionRow, "type">): boolean {
  return ["names", "someOf", "customWorkloads", "selector"].includes(type);
}

function goBoolean(text: string): ReloaderText {
  if (goTrue.includes(text)) return { text: "true" };
  return goFalse.includes(text) ? { text: "false" } : { problem: "not understood; write true or false" };
}

/** Some of its switches are texts that it compares with "true": whatever else is off, without a word. */
function exactlyTrue(text: string): ReloaderText {
  if (text === "true" || text === "false") return { text };
  return { text: "false", warning: "is off, as in Reloader: only the text true switches it on" };
}

/** It reads lists as lines of CSV, whose cells may have quotes. No value of such a list can have one. */
function unquoted(text: string): string {
  return text.replaceAll('"', "");
}
