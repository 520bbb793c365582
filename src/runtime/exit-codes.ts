/** How a process ends: well, because something failed, or because it was called in a wrong way. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const;
