import t from "tap";
import { errorCode, parseRetryAfter } from "../../../src/core/http-failure.ts";

t.test("parseRetryAfter() reads seconds and dates", async (t) => {
  const now = Date.parse("2026-11-21T08:00:00Z");
  t.equal(parseRetryAfter(undefined, now), undefined);
  t.equal(parseRetryAfter(" 12 ", now), 12_000);
  t.equal(parseRetryAfter("Sat, 21 Nov 2026 08:00:30 GMT", now), 30_000);
  t.equal(parseRetryAfter("Sat, 21 Nov 2026 07:00:00 GMT", now), 0);
  t.equal(parseRetryAfter("-1 apples", now), undefined);
});

t.test("errorCode() looks inside", async (t) => {
  t.equal(errorCode(new Error("x", { cause: Object.assign(new Error("y"), { code: "EPIPE" }) })), "EPIPE");
  t.equal(errorCode("EPIPE"), undefined);
});
