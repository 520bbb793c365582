import type { KeyRing } from "../src/kube/key-ring.ts";
import { createVolatileKeyRing } from "../src/kube/volatile-key-ring.ts";
import type { DigestKeyKeeper } from "./digest-key-keeper.ts";

/** A digest key of this process alone, for a controller that writes nothing. */
export function createVolatileKeys(createdAt: number): { readonly keyRing: KeyRing; readonly keeper: DigestKeyKeeper } {
  return { keyRing: createVolatileKeyRing(createdAt), keeper: { ensure: async () => {}, run: async () => {} } };
}
