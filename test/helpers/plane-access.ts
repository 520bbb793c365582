import { readFileSync } from "node:fs";
import type { ClusterAccess } from "../../src/kube/kube-config.ts";
import type { ControlPlane } from "../controlplane/control-plane.ts";

/** Access to a control plane as its administrator, or as the owner of a token. */
export function planeAccess(plane: ControlPlane, token: string = plane.adminToken): ClusterAccess {
  const tls = plane.caFile === undefined ? {} : { ca: readFileSync(plane.caFile) };
  const credentials = { headers: { authorization: `Bearer ${token}` }, tls };
  return { server: plane.url, credentials: async () => credentials };
}
