import { randomBytes } from "node:crypto";
import type { StoredKey } from "../core/digest-keys.ts";
import type { KeyRing } from "./key-ring.ts";

/**
 * A key ring that always has a key: one of this process alone, for a process that only observes and so makes no Secret.
 * What `stored` holds goes before it; without `stored` nothing is read. `createdAt`: milliseconds since the epoch.
 */
export function createVolatileKeyRing(createdAt: number, stored?: KeyRing): KeyRing {
  const key: StoredKey = { id: "observe", bytes: randomBytes(32), createdAt };
  return {
    keys() {
      const found = stored?.keys() ?? [];
      return found.length === 0 ? [key] : found;
    },
    find: (id) => stored?.find(id) ?? (id === key.id ? key : undefined),
    signing: () => stored?.signing() ?? key,
    refresh: async (signal) => stored?.refresh(signal),
  };
}
