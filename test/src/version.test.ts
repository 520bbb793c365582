import { readFileSync } from "node:fs";
import t from "tap";
import { readVersion } from "../../src/version.ts";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
t.equal(readVersion(), version, "readVersion() of a checkout is that of package.json");
