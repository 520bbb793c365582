import t from "tap";
import { readReloaderEnvironment } from "../../../src/options/reloader-environment.ts";

const url = "https://hooks.example/in";
const cases: readonly { title: string; env: Record<string, string>; want: Record<string, string> }[] = [
  { title: "nothing", env: {}, want: {} },
  { title: "its namespace", env: { KUBERNETES_NAMESPACE: "shop" }, want: { "watch-namespaces": "shop" } },
  { title: "an empty one as not set", env: { KUBERNETES_NAMESPACE: "" }, want: {} },
  {
    title: "where it tells about itself",
    env: { RELOADER_NAMESPACE: "ops", RELOADER_DEPLOYMENT_NAME: "reloader" },
    want: { "meta-info-namespace": "ops", "meta-info-deployment": "reloader" },
  },
  {
    title: "counting by namespace",
    env: { METRICS_COUNT_BY_NAMESPACE: "enabled" },
    want: { "metrics-by-namespace": "true" },
  },
  {
    title: "no other word for it",
    env: { METRICS_COUNT_BY_NAMESPACE: "true" },
    want: { "metrics-by-namespace": "false" },
  },
  {
    title: "alerts",
    env: {
      ...{ ALERT_ON_RELOAD: "true", ALERT_SINK: "Slack", ALERT_WEBHOOK_URL: url },
      ...{ ALERT_WEBHOOK_PROXY: "http://proxy", ALERT_ADDITIONAL_INFO: "blue" },
    },
    want: { "alert-sink": "slack", "alert-url": url, "alert-proxy": "http://proxy", "alert-additional-info": "blue" },
  },
  {
    title: "text for a sink that it does not know",
    env: { ALERT_ON_RELOAD: "true", ALERT_SINK: "raw", ALERT_WEBHOOK_URL: url },
    want: { "alert-sink": "webhook", "alert-url": url },
  },
  {
    title: "text without a sink",
    env: { ALERT_ON_RELOAD: "true", ALERT_WEBHOOK_URL: url },
    want: { "alert-sink": "webhook", "alert-url": url },
  },
  { title: "no alerts without the switch", env: { ALERT_SINK: "slack", ALERT_WEBHOOK_URL: url }, want: {} },
  { title: "no other word for the switch", env: { ALERT_ON_RELOAD: "True", ALERT_WEBHOOK_URL: url }, want: {} },
];
for (const { title, env, want } of cases) {
  const { given, warnings } = readReloaderEnvironment(env);
  const texts = Object.fromEntries([...given].map(([name, { text }]) => [name, text]));
  t.strictSame(texts, want, `readReloaderEnvironment() reads ${title}`);
  t.strictSame(warnings, [], `readReloaderEnvironment() reads ${title} without a warning`);
}

t.test("readReloaderEnvironment() warns of alerts that go nowhere, and goes on without them", async (t) => {
  const { given, warnings } = readReloaderEnvironment({ ALERT_ON_RELOAD: "true", ALERT_SINK: "teams" });
  t.equal(given.size, 0);
  t.strictSame(warnings, [
    "Environment variable ALERT_ON_RELOAD has no effect: ALERT_WEBHOOK_URL is not set; set it, too",
  ]);
});

t.test("readReloaderEnvironment() names the variable that it read", async (t) => {
  const { given } = readReloaderEnvironment({
    ...{ KUBERNETES_NAMESPACE: "shop", ALERT_ON_RELOAD: "true", ALERT_WEBHOOK_URL: url },
  });
  t.equal(given.get("watch-namespaces")?.label, "KUBERNETES_NAMESPACE");
  t.equal(given.get("alert-sink")?.label, "ALERT_ON_RELOAD");
  t.equal(given.get("alert-url")?.label, "ALERT_WEBHOOK_URL");
});
