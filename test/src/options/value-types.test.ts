import t from "tap";
import { type ValueOf, valueTypes } from "../../../src/options/value-types.ts";

const cases: { type: keyof ValueOf; text: string; want: unknown; printed?: string }[] = [
  { type: "duration", text: "1m30s", want: 90_000 },
  { type: "duration", text: "24h", want: 86_400_000 },
  { type: "duration", text: "0", want: 0, printed: "0s" },
  { type: "duration", text: "90d", want: undefined },
  { type: "duration", text: "-3s", want: undefined },
  { type: "duration", text: "", want: undefined },
  { type: "integer", text: "16", want: 16 },
  { type: "integer", text: "1.5", want: undefined },
  { type: "integer", text: "1e3", want: undefined },
  { type: "size", text: "8MiB", want: 8_388_608 },
  { type: "size", text: "8Mi", want: 8_388_608, printed: "8MiB" },
  { type: "size", text: "1000", want: 1_000 },
  { type: "size", text: "8MB", want: undefined },
  { type: "size", text: "0", want: 0 },
  { type: "boolean", text: "true", want: true },
  { type: "boolean", text: "false", want: false },
  { type: "boolean", text: "yes", want: undefined },
  { type: "name", text: "restamp-keys", want: "restamp-keys" },
  { type: "name", text: "a.b-c.1", want: "a.b-c.1" },
  { type: "name", text: "Restamp", want: undefined },
  { type: "name", text: "-a", want: undefined },
  { type: "name", text: "a".repeat(254), want: undefined },
  { type: "names", text: "", want: [] },
  { type: "names", text: "shop, bank,,shop", want: ["shop", "bank"], printed: "shop,bank" },
  { type: "names", text: "shop,*", want: undefined },
  { type: "someOf", text: "", want: [] },
  { type: "someOf", text: "Secrets, configmaps,", want: ["secrets", "configmaps"], printed: "secrets,configmaps" },
  { type: "url", text: "https://host/a?b=c", want: "https://host/a?b=c" },
  { type: "url", text: "http://127.0.0.1:8080", want: "http://127.0.0.1:8080" },
  { type: "url", text: "ftp://host", want: undefined },
  { type: "url", text: "host/path", want: undefined },
  { type: "annotationKey", text: "auto", want: "auto" },
  { type: "annotationKey", text: "configmap.reloader.stakater.com/auto", want: "configmap.reloader.stakater.com/auto" },
  { type: "annotationKey", text: "Example.com/auto", want: undefined },
  { type: "annotationKey", text: "a/b/c", want: undefined },
  { type: "annotationKey", text: "a/", want: undefined },
  { type: "annotationKey", text: `a/${"b".repeat(64)}`, want: undefined },
  { type: "annotationKey", text: `${"a".repeat(254)}/b`, want: undefined },
  { type: "annotationKey", text: "", want: undefined },
  { type: "selector", text: "team=shop", want: "team=shop" },
  { type: "selector", text: "team in shop", want: undefined },
  { type: "customWorkloads", text: "", want: [] },
  { type: "customWorkloads", text: "a/v1/bs/B:", want: undefined },
  { type: "address", text: ":9090", want: { host: undefined, port: 9090 } },
  { type: "address", text: "127.0.0.1:0", want: { host: "127.0.0.1", port: 0 } },
  { type: "address", text: "localhost:80", want: { host: "localhost", port: 80 } },
  { type: "address", text: "[::1]:9090", want: { host: "::1", port: 9090 } },
  { type: "address", text: "::1:9090", want: undefined },
  { type: "address", text: "9090", want: undefined },
  { type: "address", text: ":65536", want: undefined },
  { type: "address", text: "tcp://10.0.0.1:443", want: undefined },
  { type: "shard", text: "0/2", want: { index: 0, count: 2 } },
  { type: "shard", text: "2/2", want: undefined },
  { type: "text", text: "any thing", want: "any thing" },
  { type: "path", text: "/a/b", want: "/a/b" },
  { type: "file", text: "/a/b", want: "/a/b" },
  { type: "kubeconfig", text: "/a/b", want: "/a/b" },
];

t.test("valueTypes.customWorkloads reads kinds and tells what is wrong with one", async (t) => {
  const { parse, print, problem } = valueTypes.customWorkloads;
  const [service] = parse("serving.knative.dev/v1/services/Service") ?? [];
  t.match(service, { kind: "Service", templatePath: ["spec", "template"], custom: true });
  t.equal(print(service === undefined ? [] : [service]), "serving.knative.dev/v1/services/Service:spec.template");
  t.match(problem?.("serving.knative.dev/v1/services/Service,x"), /"x" cannot be read; write GROUP/);
});

for (const { type, text, want, printed = text } of cases) {
  const value = valueTypes[type].parse(text);
  t.strictSame(value, want, `valueTypes.${type}.parse() reads "${text.slice(0, 30)}"`);
  if (value === undefined) continue;
  const print = valueTypes[type].print as (value: unknown) => string;
  t.equal(print(value), printed, `valueTypes.${type}.print() writes what parse() read of "${text}"`);
}
