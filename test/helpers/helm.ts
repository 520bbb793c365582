import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import type { KubeObject } from "../controlplane/kube.ts";

/** One chart, installed and upgraded with the real helm. */
export interface Helm {
  /**
   * `helm upgrade --install` of a release of the objects. `serverSide`: as Helm 4 does for new releases, else the
   * three-way patch of Helm 3. `kubeconfig`: another entrance than the plane's own.
   */
  upgrade(
    release: string,
    objects: readonly KubeObject[],
    how: { readonly namespace: string; readonly serverSide: boolean; readonly kubeconfig?: string },
  ): Promise<void>;
}

/** Runs helm with all its files in the plane's folder. The plane must have been started with `helm`. */
export function createHelm(plane: ControlPlane): Helm {
  const run = promisify(execFile);
  const home = join(plane.dir, "helm");
  return {
    async upgrade(release, objects, { namespace, serverSide, kubeconfig = plane.kubeconfig }) {
      const chart = await writeChart(join(home, release), objects);
      const args = ["upgrade", release, chart, "--install", `--namespace=${namespace}`, `--server-side=${serverSide}`];
      await run(plane.binaries["helm"] ?? "helm", [...args, `--kubeconfig=${kubeconfig}`], {
        env: { HOME: home, PATH: process.env["PATH"] },
      });
    },
  };
}

async function writeChart(folder: string, objects: readonly KubeObject[]): Promise<string> {
  await mkdir(join(folder, "templates"), { recursive: true });
  await writeFile(join(folder, "Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n");
  // JSON is YAML.
  const documents = objects.map((object) => JSON.stringify(object));
  await writeFile(join(folder, "templates", "all.yaml"), documents.join("\n---\n"));
  return folder;
}
