import type { OptionRow } from "./option-row.ts";

const controller = ["controller"] as const;
const all = ["webhook", "controller", "manifests"] as const;

/** Options for those who come from other programs of the kind. The keys are in `annotation-options.ts`. */
export const compatibilityOptions = [
  {
    name: "compatibility",
    type: "someOf",
    default: "",
    choices: ["reloader", "wave", "deckhouse"],
    commands: all,
    group: "Compatibility",
    help: "Whose annotations are read beside restamp's own: Stakater Reloader's, Wave's, Deckhouse's pod-reloader's",
    why: "None: an annotation that another program still obeys must not restart pods twice",
    reloader: { default: "reloader" },
  },
  {
    name: "auto-reload-all",
    type: "boolean",
    default: "false",
    commands: [...all, "compare"],
    group: "Compatibility",
    help: "With --compatibility=reloader or deckhouse: every workload is rolled when what it uses changes, unless it says otherwise",
    why: "Restarting pods is something that their owners ask for",
    reloader: { flags: ["auto-reload-all"], reads: "goBoolean" },
  },
  {
    name: "remove-reloader-env",
    type: "boolean",
    default: "false",
    commands: controller,
    group: "Compatibility",
    help: "Take Reloader's STAKATER_ variables off a template when it is rolled anyway",
    why: "Something may still read them; removing them is never worth a restart of its own",
  },
] as const satisfies readonly OptionRow[];
