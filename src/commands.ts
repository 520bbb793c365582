/** The sub-commands, in the order in which `restamp help` lists them. */
export const commands = [
  {
    name: "webhook",
    summary: "Stamps workloads when they are created or changed: answers the API server's admission reviews",
  },
  {
    name: "controller",
    summary: "Rolls workloads when a ConfigMap or Secret that they use has changed: advances their stamps",
  },
  {
    name: "reloader",
    summary: "The controller in place of Stakater Reloader 1.4: takes its flags and variables, and does what it does",
  },
  {
    name: "compare",
    summary: "Compares the restarts of Stakater Reloader with those that restamp would have made beside it",
    details: [
      "For a trial: Reloader runs as before, and restamp beside it, as restamp reloader --mode=observe with the flags of Reloader. Both tell of restarts in Events; here they are compared, for each workload: what both restarted, what only Reloader did and why that was needless, and what it missed.",
      "Changes nothing. Needs the rights to list events in the core API group (with --for also to watch them) and to get workloads, as the role view has them; to get ConfigMaps and Secrets, of which only metadata is read, gives more reasons.",
    ],
  },
  { name: "manifests", summary: "Prints the MutatingWebhookConfiguration that fits this version, as YAML" },
  { name: "version", summary: "Prints the version" },
  { name: "help", summary: "Explains a command: restamp help COMMAND" },
] as const;

/** The name of a sub-command. */
export type CommandName = (typeof commands)[number]["name"];

/** The row of a sub-command, or `undefined` if there is none of that name. */
export function findCommand(name: string): (typeof commands)[number] | undefined {
  return commands.find((command) => command.name === name);
}

/** What `restamp help` prints. */
export function overviewText(): string {
  const rows = commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}\n`).join("");
  return `Usage: restamp COMMAND [options]

Kubernetes pods run the configuration they were deployed with: when a ConfigMap or a Secret changes, exactly the
workloads that use it are rolled, once and safely.

${rows}
"restamp COMMAND --help" shows the options of a command.
`;
}
