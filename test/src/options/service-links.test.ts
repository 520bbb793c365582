import t from "tap";
import { isServiceLink } from "../../../src/options/service-links.ts";

// What the kubelet makes of Services "restamp", "restamp-webhook" with a port named "https", and "restamp-controller".
const links = [
  "RESTAMP_SERVICE_HOST",
  "RESTAMP_PORT",
  "RESTAMP_WEBHOOK_SERVICE_HOST",
  "RESTAMP_WEBHOOK_SERVICE_PORT",
  "RESTAMP_WEBHOOK_SERVICE_PORT_HTTPS",
  "RESTAMP_WEBHOOK_PORT",
  "RESTAMP_WEBHOOK_PORT_443_TCP",
  "RESTAMP_WEBHOOK_PORT_443_TCP_PROTO",
  "RESTAMP_WEBHOOK_PORT_443_TCP_PORT",
  "RESTAMP_WEBHOOK_PORT_443_TCP_ADDR",
  "RESTAMP_CONTROLLER_PORT_9090_UDP_ADDR",
];
for (const variable of links) t.equal(isServiceLink(variable), true, `isServiceLink() recognizes ${variable}`);

for (const variable of [
  "RESTAMP_SETTLE",
  "RESTAMP_WEBHOOK_SERVICE",
  "RESTAMP_PORTS",
  "OTHER_PORT",
  "RESTAMP_OPS_ADDRESS",
]) {
  t.equal(isServiceLink(variable), false, `isServiceLink() leaves ${variable} alone`);
}
