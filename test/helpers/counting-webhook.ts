import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";

/** What was asked of a webhook in one call. */
export interface AdmissionCall {
  readonly operation: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A webhook that allows everything and remembers what it was asked. */
export interface CountingWebhook {
  readonly port: number;
  /** PEM, base64 encoded. */
  readonly caBundle: string;
  readonly calls: AdmissionCall[];
  stop(): Promise<void>;
}

/** Starts it on loopback with a certificate for `serverName`. */
export async function startCountingWebhook(serverName: string): Promise<CountingWebhook> {
  const lifetime = { now: Date.now(), validityMs: 3_600_000 };
  const authority = await createAuthority(lifetime);
  const { cert, key } = await issueServingCertificate(authority, { ...lifetime, names: [serverName] });
  const calls: AdmissionCall[] = [];
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const review = JSON.parse(Buffer.concat(chunks).toString());
    const { uid, operation, resource, namespace, object } = review.request;
    calls.push({ operation, resource: resource.resource, namespace, name: object.metadata.name });
    const { apiVersion, kind } = review;
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ apiVersion, kind, response: { uid, allowed: true } }));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.cert).toString("base64"),
    calls,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
