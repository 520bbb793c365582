import fc from "fast-check";
import t from "tap";
import { containerUsing } from "../../../../src/core/reloader/container-using.ts";

const app = { kind: "ConfigMap", name: "app", named: false } as const;
const mount = (name: string) => ({ volumeMounts: [{ name, mountPath: "/x" }] });
const volume = (name: string, configMap = "app") => ({ name, configMap: { name: configMap } });
const template = (...containers: readonly object[]) => ({ spec: { containers } });

t.test("containerUsing() finds the container that Reloader would", async (t) => {
  const cases = [
    { title: "envFrom", template: template({}, { envFrom: [{ configMapRef: { name: "app" } }] }), want: 1 },
    {
      title: "env",
      template: template({}, { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "k" } } }] }),
      want: 1,
    },
    { title: "mount", template: { spec: { containers: [{}, mount("v")], volumes: [volume("v")] } }, want: 1 },
    {
      title: "projected mount",
      template: {
        spec: {
          containers: [{}, mount("v")],
          volumes: [{ name: "v", projected: { sources: [{}, { configMap: { name: "app" } }] } }],
        },
      },
      want: 1,
    },
    {
      title: "mount before variable",
      template: {
        spec: { containers: [{ envFrom: [{ configMapRef: { name: "app" } }] }, mount("v")], volumes: [volume("v")] },
      },
      want: 1,
    },
    {
      title: "mount of an init container before a variable of a container",
      template: {
        spec: {
          initContainers: [mount("v")],
          containers: [{}, { envFrom: [{ configMapRef: { name: "app" } }] }],
          volumes: [volume("v")],
        },
      },
      want: 0,
    },
    {
      title: "init container alone",
      template: { spec: { initContainers: [{ envFrom: [{ configMapRef: { name: "app" } }] }], containers: [{}, {}] } },
      want: 0,
    },
    {
      title: "another kind of the same name",
      template: template({ envFrom: [{ secretRef: { name: "app" } }] }),
      want: undefined,
    },
    {
      title: "volume that nobody mounts",
      template: { spec: { containers: [{}], volumes: [volume("v")] } },
      want: undefined,
    },
    {
      title: "another volume",
      template: { spec: { containers: [mount("v")], volumes: [volume("v", "b")] } },
      want: undefined,
    },
    { title: "nothing", template: template({}), want: undefined },
    {
      title: "no container",
      template: { spec: { initContainers: [mount("v")], volumes: [volume("v")] } },
      want: undefined,
    },
  ];
  for (const { title, template, want } of cases) t.equal(containerUsing(template, app), want, title);
});

t.test("containerUsing() looks at every volume, where Reloader stops at the first", async (t) => {
  const volumes = [volume("unused"), volume("used")];
  t.equal(containerUsing({ spec: { containers: [{}, mount("used")], volumes } }, app), 1);
  const both = [{ envFrom: [{ configMapRef: { name: "app" } }] }, mount("used")];
  t.equal(containerUsing({ spec: { containers: both, volumes } }, app), 0, "what Reloader finds comes first");
});

t.test("containerUsing() knows every kind", async (t) => {
  const secret = { kind: "Secret", name: "db", named: false } as const;
  const used = { spec: { containers: [{}, mount("v")], volumes: [{ name: "v", secret: { secretName: "db" } }] } };
  t.equal(containerUsing(used, secret), 1);
  const projected = [{ name: "v", projected: { sources: [{ secret: { name: "db" } }] } }];
  t.equal(containerUsing({ spec: { containers: [{}, mount("v")], volumes: projected } }, secret), 1);
  t.equal(containerUsing(template({ env: [{ valueFrom: { secretKeyRef: { name: "db" } } }] }), secret), 0);
  const csi = [{ name: "v", csi: { driver: "x", volumeAttributes: { secretProviderClass: "vault" } } }];
  const vault = { kind: "SecretProviderClass", name: "vault", named: false } as const;
  t.equal(containerUsing({ spec: { containers: [{}, mount("v")], volumes: csi } }, vault), 1);
  t.equal(containerUsing(template({ env: [{ valueFrom: { secretKeyRef: { name: "vault" } } }] }), vault), undefined);
});

t.test("containerUsing() notes what is only named in the first container", async (t) => {
  t.equal(containerUsing(template({}, {}), { ...app, named: true }), 0);
  const used = template({}, { envFrom: [{ configMapRef: { name: "app" } }] });
  t.equal(containerUsing(used, { ...app, named: true }), 1, "but what is used where it is used");
  t.equal(containerUsing({}, { ...app, named: true }), undefined);
});

t.test("containerUsing() takes whatever a template holds", async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (spec, containers) => {
      containerUsing({ spec }, app);
      containerUsing({ spec: { containers, initContainers: containers, volumes: containers } }, app);
    }),
  );
});
