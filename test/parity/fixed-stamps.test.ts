import t from "tap";
import { deployment } from "../helpers/admission.ts";
import { admissionBench } from "../helpers/admission-bench.ts";
import { stampByController } from "../helpers/stamp-by-controller.ts";

// What version 1 of the stamp says, letter by letter. Clusters are full of such stamps: whatever makes one of these read
// otherwise (references, selection of keys, encoding) would replace the pods of every workload at the next release. It
// needs another version of the stamp, whose stamps are adopted.

const ref = (name: string) => ({ name });
const pods: readonly { readonly title: string; readonly spec: object; readonly stamp: string }[] = [
  {
    title: "whole sources as variables: data only",
    spec: { containers: [{ envFrom: [{ configMapRef: ref("app") }, { secretRef: ref("db") }] }] },
    stamp: "v1:k1-aaaaaa;configmap/app=CJ0YFb2oYP42p2WKyIQqBA;secret/db=QqLywnYVJdSp8iX3QhNJTA",
  },
  {
    title: "single keys as variables",
    spec: {
      containers: [{ env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "app", key: "level" } } }] }],
      initContainers: [{ env: [{ name: "B", valueFrom: { secretKeyRef: { name: "db", key: "password" } } }] }],
    },
    stamp: "v1:k1-aaaaaa;configmap/app=VeSl6hWLbAmRP89mvCl5CA;secret/db=QuMDeejx-5I-Tq1AidnP_g",
  },
  {
    title: "whole volumes: data and binaryData",
    spec: {
      volumes: [
        { name: "c", configMap: ref("app") },
        { name: "s", secret: { secretName: "db" } },
      ],
      containers: [{ volumeMounts: [{ name: "c" }, { name: "s" }] }],
    },
    stamp: "v1:k1-aaaaaa;configmap/app=LGNGM8mADYynId4QtU1Sdw;secret/db=QqLywnYVJdSp8iX3QhNJTA",
  },
  {
    title: "items of projected volumes, and a subPath",
    spec: {
      volumes: [
        { name: "p", projected: { sources: [{ configMap: { ...ref("app"), items: [{ key: "level", path: "l" }] } }] } },
        { name: "s", secret: { secretName: "db" } },
      ],
      containers: [{ volumeMounts: [{ name: "p" }, { name: "s", subPath: "user" }] }],
    },
    stamp: "v1:k1-aaaaaa;configmap/app=VeSl6hWLbAmRP89mvCl5CA;secret/db=-DYE86RtWhNta4shFbiJ8g",
  },
  {
    title: "what is missing, and a driver's Secret",
    spec: {
      volumes: [{ name: "d", csi: { driver: "x", nodePublishSecretRef: ref("db") } }],
      containers: [{ envFrom: [{ configMapRef: { ...ref("gone"), optional: true } }], volumeMounts: [{ name: "d" }] }],
    },
    stamp: "v1:k1-aaaaaa;configmap/gone=absent;secret/db=QqLywnYVJdSp8iX3QhNJTA",
  },
];

for (const { title, spec, stamp } of pods) {
  t.test(`the stamp of ${title}`, async (t) => {
    const bench = await admissionBench(t);
    bench.put("configmaps", "app", { data: { level: "debug", other: "1" }, binaryData: { logo: "AAEC/w==" } });
    bench.put("secrets", "db", { data: { password: "c3dvcmRmaXNo", user: "c2hvcA==" } });
    const object = deployment({ spec: { ...spec } });
    t.equal(await bench.stampFor({ operation: "CREATE", object }), stamp, "by the webhook");
    t.equal(await stampByController(bench, object), stamp, "by the controller");
  });
}
