import type { OptionRow } from "./option-row.ts";

const compare = ["compare"] as const;

/** Options of `restamp compare`. */
export const compareOptions = [
  {
    name: "since",
    type: "duration",
    default: "1h",
    min: "1s",
    max: "720h",
    commands: compare,
    group: "Comparison",
    help: "How far back restarts count",
    why: "The API server keeps Events for 1h by default (its --event-ttl): for more, collect them as they come with --for",
  },
  {
    name: "for",
    type: "duration",
    default: "0s",
    max: "576h",
    commands: compare,
    group: "Comparison",
    help: "How long Events are collected as they come, before they are compared; 0s compares those that are there",
    why: "An interrupt (Ctrl-C) ends it early and compares what there is until then",
  },
  {
    name: "window",
    type: "duration",
    default: "2m",
    min: "1s",
    max: "1h",
    commands: compare,
    group: "Comparison",
    help: "How far apart restarts of one workload for the same source may be, to be about the same change",
    why: "Reloader takes a few minutes where hundreds of workloads use a source",
  },
  {
    name: "output",
    type: "oneOf",
    default: "text",
    choices: ["text", "json"],
    commands: compare,
    group: "Comparison",
    help: "A table for readers, or one JSON object for programs",
  },
] as const satisfies readonly OptionRow[];
