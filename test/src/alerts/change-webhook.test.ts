import t from "tap";
import { createChangeWebhook } from "../../../src/alerts/change-webhook.ts";
import type { SendOutcome } from "../../../src/alerts/sender.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";
import { setProxyEnvironment, startForwardProxy, startReceiver } from "../../helpers/webhook-receiver.ts";

t.before(() => setProxyEnvironment(t));

t.test("changed() is one POST of what Reloader sends", async (t) => {
  const receiver = await startReceiver(t, [500, 200]);
  const outcomes: SendOutcome[] = [];
  const webhook = createChangeWebhook(
    { log: createRecordingLog(), onOutcome: (outcome) => void outcomes.push(outcome) },
    { url: `${receiver.url}/hook?a=b`, timeoutMs: 5_000, retryMs: 1 },
  );
  webhook.changed();
  await webhook.flush(5_000);
  webhook.changed();
  await webhook.flush(5_000);
  t.strictSame(outcomes, ["sent", "sent"]);
  t.equal(receiver.received.length, 3, "the first one is tried again");
  for (const request of receiver.received) {
    t.match(request, {
      ...{ method: "POST", url: "/hook?a=b", body: '{"webhook":"update successful"}' },
      headers: { "content-type": "application/json" },
    });
  }
});

t.test("changed() goes through the proxy", async (t) => {
  const receiver = await startReceiver(t);
  const proxy = await startForwardProxy(t, { to: receiver });
  const options = { url: "http://hooks.example/", timeoutMs: 5_000, proxy: `127.0.0.1:${proxy.port}` };
  const webhook = createChangeWebhook({ log: createRecordingLog() }, options);
  webhook.changed();
  await webhook.flush(5_000);
  t.match(proxy.proxied, [{ what: "POST http://hooks.example/" }]);
});
