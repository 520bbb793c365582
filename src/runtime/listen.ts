import { isIP } from "node:net";

/** The part of a fastify server that listening needs. */
export interface Listenable {
  listen(where: { host: string; port: number }): Promise<string>;
  /** A text is the path of a Unix socket. */
  addresses(): readonly ({ readonly port: number } | string)[];
}

/** Where a server listens. */
export interface Bound {
  readonly port: number;
  /** For a log line, such as `127.0.0.1:9090`. */
  readonly text: string;
}

/**
 * Listens on `address`; without a host on all addresses, IPv4 and IPv6, or IPv4 alone where the node has no IPv6.
 * Rejects with a sentence that names the address, such as when the port is taken.
 */
export async function listen(
  server: Listenable,
  address: { readonly host: string | undefined; readonly port: number },
): Promise<Bound> {
  try {
    await listenOn(server, address.host ?? "::", address.port);
  } catch (error) {
    if (address.host !== undefined || !isMissingIpv6(error)) throw refusal(address, error);
    await listenOn(server, "0.0.0.0", address.port).catch((second: unknown) => {
      throw refusal(address, second);
    });
  }
  const [bound] = server.addresses();
  const port = typeof bound === "object" ? bound.port : address.port;
  return { port, text: textOf({ host: address.host, port }) };
}

async function listenOn(server: Listenable, host: string, port: number): Promise<void> {
  await server.listen({ host, port });
}

function isMissingIpv6(error: unknown): boolean {
  return ["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(error));
}

function refusal(address: { readonly host: string | undefined; readonly port: number }, cause: unknown): Error {
  const states: Readonly<Record<string, string>> = {
    EADDRINUSE: "another process has it; choose another address",
    EACCES: "not permitted; choose a port of 1024 or above",
  };
  return new Error(`Cannot listen on "${textOf(address)}": ${states[codeOf(cause)] ?? codeOf(cause)}`, { cause });
}

function textOf({ host = "", port }: { readonly host: string | undefined; readonly port: number }): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
