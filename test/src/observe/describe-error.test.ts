import t from "tap";
import { ClusterError } from "../../../src/core/errors.ts";
import { describeError } from "../../../src/observe/describe-error.ts";

const without = { stack: false };

t.test("describeError() keeps what a ClusterError knows", async (t) => {
  const error = new ClusterError("conflict", "Cannot patch", {
    status: 409,
    reason: "Conflict",
    cause: new Error("Why"),
  });
  t.strictSame(describeError(error, without), {
    type: "ClusterError",
    message: "Cannot patch",
    code: "conflict",
    status: 409,
    reason: "Conflict",
    cause: { type: "Error", message: "Why" },
  });
});

t.test("describeError() leaves out other fields, and messages that repeat a body", async (t) => {
  const error = Object.assign(new Error("HTTP 409 Body: secret"), {
    code: 409,
    body: "secret",
    headers: { a: "secret" },
  });
  const text = JSON.stringify(describeError(error, { stack: true }));
  t.notMatch(text, /secret/);
  t.match(text, /"code":409/);
});

t.test("describeError() cuts long messages and endless causes", async (t) => {
  const endless = new Error("x".repeat(5_000));
  endless.cause = endless;
  t.ok(JSON.stringify(describeError(endless, without)).length < 6_000);
});

t.test("describeError() copes with what is not an error", async (t) => {
  t.strictSame(describeError("oops", without), { type: "string", message: "oops" });
  t.strictSame(describeError({ data: "secret" }, without), { type: "object", message: "not an error" });
  t.strictSame(describeError(undefined, without), { type: "undefined", message: "not an error" });
});
