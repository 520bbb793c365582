import { readFileSync } from "node:fs";

/** Put in by the bundler; not defined in a checkout. */
declare const RESTAMP_VERSION: string | undefined;

/** The version of restamp: the one it was built with, or package.json's in a checkout. */
export function readVersion(): string {
  if (typeof RESTAMP_VERSION === "string") return RESTAMP_VERSION;
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest ? manifest.version : "";
  return String(version);
}
