// Loaded into every test process, see .taprc. Tap follows the processes that tests start by an option for each Node among
// them: they would start slower, need more memory, and load bin/restamp in another way than users do.
const { NODE_OPTIONS = "" } = process.env;
const options = NODE_OPTIONS.match(/"[^"]*"|\S+/g) ?? [];
process.env["NODE_OPTIONS"] = options.filter((option) => !option.includes("/@tapjs/")).join(" ");
