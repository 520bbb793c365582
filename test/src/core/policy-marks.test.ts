import t from "tap";
import { createReloaderDialect, deckhouseKeys, reloaderKeys } from "../../../src/core/dialects/reloader.ts";
import { keys } from "../../../src/core/dialects/restamp.ts";
import { waveDialect } from "../../../src/core/dialects/wave.ts";
import { isMark, pausedAtKeys, readSourceMarks } from "../../../src/core/policy.ts";

const reloader = createReloaderDialect("reloader", reloaderKeys, { autoReloadAll: false });
const deckhouse = createReloaderDialect("deckhouse", deckhouseKeys, { autoReloadAll: false });

t.test("readSourceMarks() hears every dialect", async (t) => {
  const rules = { dialects: [reloader, deckhouse] };
  t.match(readSourceMarks({}, rules), { ignored: false, matched: false, problem: undefined });
  t.match(readSourceMarks({ [reloaderKeys.ignore]: "true" }, rules), { ignored: true, matched: false });
  t.match(readSourceMarks({ [deckhouseKeys.match]: "true" }, rules), { ignored: false, matched: true });
  t.match(readSourceMarks({ [keys.match]: "true", [keys.ignore]: "false" }, rules), { ignored: false, matched: true });
  t.match(readSourceMarks({ [keys.ignore]: "yes" }, rules), { ignored: true, problem: /"yes" is neither/ });
  t.match(readSourceMarks({ [reloaderKeys.ignore]: "true" }, {}), { ignored: false }, "what is understood");
});

t.test("isMark() and pausedAtKeys() know the keys of what is understood", async (t) => {
  const rules = { dialects: [reloader, waveDialect] };
  t.same(pausedAtKeys(rules), [keys.pausedAt, reloaderKeys.pausedAt]);
  t.same(pausedAtKeys({}), [keys.pausedAt]);
  t.ok([keys.enabled, reloaderKeys.auto, "wave.pusher.com/extra-secrets"].every((key) => isMark(key, rules)));
  t.notOk(isMark(deckhouseKeys.auto, rules));
  t.notOk(isMark(reloaderKeys.auto, {}));
});
