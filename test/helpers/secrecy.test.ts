import t from "tap";
import { assertNoSecrets, secretValue } from "./secrecy.ts";

const value = secretValue("hunter2");
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const cases = [
  { title: "as it is", text: `{"msg":"read ${value}"}` },
  { title: "in Base64, as data of a Secret has it", text: base64(value) },
  { title: "in Base64 behind one byte", text: base64(`.${value}`) },
  { title: "in Base64 behind two bytes", text: base64(`..${value}`) },
  { title: "in Base64 inside JSON", text: base64(JSON.stringify({ data: { a: value } })) },
  { title: "in hex", text: Buffer.from(`{${value}}`).toString("hex") },
];

for (const { title, text } of cases) {
  t.throws(() => assertNoSecrets([{ where: "log", text }]), /log/, `assertNoSecrets() finds a value ${title}`);
}
t.doesNotThrow(() => assertNoSecrets([{ where: "log", text: 'read Secret "shop/db", key "password"' }]));
