/** What a manifest consists of. */
type Yaml = string | number | boolean | readonly unknown[] | object;

/**
 * Block-style YAML of a plain value, as people write manifests: keys in their order, two spaces a level, text quoted only
 * where it must be, several lines as a literal block. No anchors, tags or null.
 */
export function yamlDocument(value: object): string {
  return `${lines(value).join("\n")}\n`;
}

function lines(value: Yaml): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => inline(item) ?? hanging("- ", lines(item)));
  return Object.entries(value).flatMap(([key, item]) => field(scalar(key), item as Yaml));
}

function field(key: string, value: Yaml): string[] {
  if (typeof value === "string" && /^\S.*\n.*\S$/s.test(value)) {
    return [`${key}: |-`, ...indented(value.split("\n"))];
  }
  if (typeof value !== "object") return [`${key}: ${scalar(value)}`];
  const empty = Array.isArray(value) ? "[]" : "{}";
  const block = lines(value);
  if (block.length === 0) return [`${key}: ${empty}`];
  return [`${key}:`, ...indented(block)];
}

function inline(item: Yaml): string[] | undefined {
  return typeof item === "object" ? undefined : [`- ${scalar(item)}`];
}

function hanging(first: string, block: string[]): string[] {
  return block.map((line, index) => (index === 0 ? first : "  ") + line);
}

function indented(block: readonly string[]): string[] {
  return block.map((line) => (line === "" ? "" : `  ${line}`));
}

/** JSON text is YAML. Plain text is for words that no YAML reader takes for something else (`no`, `1e3`, `1_0`). */
function scalar(value: Yaml): string {
  if (typeof value !== "string") return JSON.stringify(value);
  const plain = /^[A-Za-z/][A-Za-z0-9_./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value);
  return plain ? value : JSON.stringify(value);
}
