import t from "tap";
import { type Sink, sinks } from "../../../src/alerts/sinks.ts";
import { exampleAlert } from "../../helpers/example-restart.ts";

const alert = exampleAlert();
const quoted = String.raw`"prod \"1\" : *ConfigMap shop/app* changed: restarted *Deployment shop/web*"`;

/** What each sink sends, byte for byte, and what it takes for success. */
const expected = {
  slack: {
    contentType: "application/json",
    body: `{"attachments":[{"color":"good","author_name":"restamp","text":${quoted}}]}`,
    delivered: [200, 201, 202, 204],
  },
  teams: { contentType: "application/json", body: `{"text":${quoted}}`, delivered: [200] },
  gchat: { contentType: "application/json", body: `{"text":${quoted}}`, delivered: [200] },
  webhook: {
    contentType: "text/plain",
    body: 'prod "1" : ConfigMap shop/app changed: restarted Deployment shop/web',
    delivered: [200, 201, 202, 204],
  },
  template: { contentType: "application/json", body: '{"of":"prod \\"1\\""}', delivered: [200, 201, 202, 204] },
};

t.test("every sink has its body and its idea of success", async (t) => {
  t.strictSame(Object.keys(sinks), Object.keys(expected));
  const template = ({ additionalInfo }: typeof alert) => JSON.stringify({ of: additionalInfo });
  for (const [name, { contentType, body, delivered }] of Object.entries(expected)) {
    const sink: Sink = sinks[name as keyof typeof sinks];
    t.equal(sink.contentType, contentType, name);
    t.equal(sink.body(alert, template), body, name);
    const statuses = [200, 201, 202, 204, 300, 301, 302, 307, 400, 404, 429, 500, 503];
    t.strictSame(statuses.filter(sink.isDelivered), delivered, name);
  }
});
