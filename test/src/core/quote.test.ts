import t from "tap";
import { quote } from "../../../src/core/quote.ts";

t.equal(quote('say "no"\n'), '"say \\"no\\"\\n"', "quote() escapes");
t.equal(quote("x".repeat(80)), `"${"x".repeat(80)}"`, "quote() leaves what is short");
t.equal(quote("x".repeat(81)), `"${"x".repeat(80)}…"`, "quote() cuts what is long");
