import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import t from "tap";
import { kubeClient } from "../controlplane/kube.ts";
import { restampProcess } from "./restamp-process.ts";
import { assertNoSecrets, everythingWritten, secretValue } from "./secrecy.ts";

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

t.test("everythingWritten() has the metrics of a process that a test has stopped", async (t) => {
  const server = createServer((_request, response) => response.end(`metric{value="${value}"} 1\n`));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const exit = { code: 0, signal: null };
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
  };
  const program = {
    ...{ name: "talker", pid: 0, log: join(t.testdir({ log: "" }), "log"), stop },
    ...{ exit: () => (server.listening ? undefined : exit), exited: async () => exit },
  };
  const talker = restampProcess("talker", `http://127.0.0.1:${(server.address() as AddressInfo).port}`, program);
  const nowhere = { connection: { url: "http://127.0.0.1:1" }, kubeconfig: "", caFile: "", dir: "", binaries: {} };
  await talker.running.stop();
  t.notOk(server.listening);
  const written = await everythingWritten(kubeClient(nowhere), [talker], "restamp");
  t.throws(() => assertNoSecrets(written), /metrics of talker/);
});
