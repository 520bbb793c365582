import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

// Below the ports that Linux and macOS hand out by themselves, so that no outgoing connection takes one meanwhile.
const lowest = 20_000;
const highest = 32_000;

/**
 * Returns a TCP port of 127.0.0.1 that nothing listens on. Another process can take it before it is used: callers
 * try again with another one when their program says that the address is in use.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, highest);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
