/**
 * Limits of the API server: longer texts may be cut, more than that in all is dropped without a word.
 *
 * @see https://pkg.go.dev/k8s.io/api/admission/v1#AdmissionResponse
 */
const longest = 256;
const longestInAll = 4_096;

/** The warnings as they can be sent: each cut, and as many of them as the API server passes on. */
export function limitWarnings(warnings: readonly string[]): readonly string[] {
  const limited: string[] = [];
  const lastLine = "restamp: there are more warnings than can be shown";
  let room = longestInAll - Buffer.byteLength(lastLine);
  for (const warning of new Set(warnings)) {
    const text = cut(`restamp: ${warning}`);
    room -= Buffer.byteLength(text);
    if (room < 0) return [...limited, lastLine];
    limited.push(text);
  }
  return limited;
}

/** At most {@link longest} bytes of UTF-8, on a character boundary. */
function cut(text: string): string {
  if (Buffer.byteLength(text) <= longest) return text;
  const bytes = Buffer.from(text).subarray(0, longest - 3);
  return `${bytes.toString("utf8").replace(/\uFFFD+$/, "")}…`;
}
