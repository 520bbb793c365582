import t from "tap";
import { alertOfChange, alertsLikeReloader, plainText } from "../../../src/alerts/alert.ts";
import { exampleRestart, exampleSource } from "../../helpers/example-restart.ts";

const frame = { additionalInfo: "", at: 0 };
const secret = { kind: "Secret", namespace: "shop", name: "db" } as const;
const mount = { kind: "SecretProviderClass", namespace: "shop", name: "vault" } as const;

t.test("alertsLikeReloader() has one for each source, in the words of Reloader", async (t) => {
  const { workload } = exampleRestart();
  const alerts = alertsLikeReloader(exampleRestart("web", [exampleSource, secret, mount]), frame);
  const after = "Hence reloaded *web* of type *Deployment* in namespace *shop*";
  t.strictSame(
    alerts.map(({ text }) => text),
    [
      `Reloader detected changes in *app* of type *CONFIGMAP* in namespace *shop*. ${after}`,
      `Reloader detected changes in *db* of type *SECRET* in namespace *shop*. ${after}`,
      `Reloader detected changes in *vault* of type *SECRETPROVIDERCLASS* in namespace *shop*. ${after}`,
    ],
  );
  t.match(alerts[1], { author: "Reloader", sources: [secret], workloads: [workload] });
});

t.test("alertOfChange() names what changed and what was restarted", async (t) => {
  const [web, cart] = ["web", "cart"].map((name) => exampleRestart(name).workload);
  const many = Array.from({ length: 60 }, (_, at) => exampleRestart(`w-${at}`).workload);
  const cases = [
    {
      change: { sources: [exampleSource], workloads: [web] },
      text: "*ConfigMap shop/app* changed: restarted *Deployment shop/web*",
    },
    {
      change: { sources: [exampleSource, secret], workloads: [web, cart] },
      text: "*ConfigMap shop/app* and *Secret shop/db* changed: restarted 2 workloads: *Deployment shop/web*, *Deployment shop/cart*",
    },
    {
      change: { sources: [secret], workloads: many },
      text: /restarted 60 workloads: .*\*Deployment shop\/w-49\* and 10 more$/,
    },
  ];
  for (const { change, text } of cases) {
    t.match(alertOfChange(change as Parameters<typeof alertOfChange>[0], frame), {
      ...change,
      author: "restamp",
      text,
    });
  }
});

t.test("the additional information stands in front, as Reloader puts it", async (t) => {
  const informed = { additionalInfo: "prod *eu*", at: 7 };
  const [alert] = alertsLikeReloader(exampleRestart(), informed);
  t.match(alert, { text: /^prod \*eu\* : Reloader detected changes in /, ...informed });
  const change = alertOfChange({ sources: [exampleSource], workloads: [exampleRestart().workload] }, informed);
  t.equal(plainText(change), "prod eu : ConfigMap shop/app changed: restarted Deployment shop/web");
});

t.test("a message of the longest names fits into what Google Chat takes", async (t) => {
  const long = (kind: string) => ({ kind, namespace: "n".repeat(63), name: "x".repeat(253) });
  const workloads = Array.from({ length: 500 }, () => long("DeploymentConfig"));
  const { text } = alertOfChange({ sources: [{ ...long(""), kind: "SecretProviderClass" }], workloads }, frame);
  t.ok(Buffer.byteLength(text) < 32_000, `${text.length}`);
});
