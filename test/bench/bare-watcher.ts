import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { join } from "node:path";
import type { ControlPlane } from "../controlplane/control-plane.ts";
import type { Running } from "../controlplane/supervisor.ts";

/**
 * The floor of a program in Node that follows a resource: receives what a watch of the metadata of all ConfigMaps tells, parses
 * it, and does nothing with it. In a process of its own, whose CPU time and memory can be measured.
 */
export function startBareWatcher(plane: ControlPlane): Promise<Running> {
  const self = join(import.meta.dirname, "bare-watcher.ts");
  const env = { KUBE_URL: plane.url, KUBE_TOKEN: plane.adminToken, NODE_EXTRA_CA_CERTS: plane.caFile };
  return plane.run({ name: "bare-watcher", command: process.execPath, args: [self], env });
}

async function watch(server: string, token: string): Promise<void> {
  const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
  const request = get(`${server}/api/v1/configmaps?watch=true`, {
    headers: { accept, authorization: `Bearer ${token}` },
  });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`The watch was answered with ${response.statusCode}`);
  let rest = "";
  response.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) JSON.parse(line);
  });
}

if (import.meta.main) await watch(process.env["KUBE_URL"] ?? "", process.env["KUBE_TOKEN"] ?? "");
