import t from "tap";
import { waitFor } from "./wait-for.ts";

t.test("waitFor() returns the first truthy result", async (t) => {
  const results = [undefined, 0, "there"];
  t.equal(await waitFor(() => results.shift(), { intervalMs: 1 }), "there");
});

t.test("waitFor() says what it waited for and what it got", async (t) => {
  const options = { timeoutMs: 10, intervalMs: 1, describe: "a miracle" };
  await t.rejects(
    waitFor(() => false, options),
    /after waiting 10 ms for a miracle: the last result was false/,
  );
  await t.rejects(
    waitFor(() => Promise.reject(new Error("not yet")), options),
    /for a miracle: not yet/,
  );
});

t.test("waitFor() ends with its signal", async (t) => {
  await t.rejects(
    waitFor(() => false, { signal: AbortSignal.timeout(10) }),
    { name: /AbortError|TimeoutError/ },
  );
});
