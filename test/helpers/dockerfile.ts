/** One instruction of a Dockerfile; lines that end with a backslash are joined. */
export interface Instruction {
  readonly name: string;
  readonly text: string;
}

/** The stages of a Dockerfile in order, each with its instructions after FROM; what stands before the first is left out. */
export function readStages(dockerfile: string): readonly (readonly Instruction[])[] {
  const lines = dockerfile.replaceAll("\\\n", " ").split("\n");
  const stages: Instruction[][] = [];
  for (const line of lines) {
    const [, name = "", text = ""] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === "FROM") stages.push([]);
    else if (name !== "") stages.at(-1)?.push({ name, text: text.trim() });
  }
  return stages;
}

/** What a `.dockerignore` that begins with `*` lets in: the paths after `!`, without a slash at the end. */
export function allowedContext(dockerignore: string): readonly string[] {
  const lines = dockerignore.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  if (lines.shift() !== "*")
    throw new Error('Cannot read .dockerignore: its first line is not "*"; list what is needed with "!"');
  return lines.map((line) => line.replace(/^!/, "").replace(/\/$/, ""));
}
