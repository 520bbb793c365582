/** What of a list is left when its items have been taken out, as text: `{…,"items":[]}`. */
export type Envelope = string;

const quote = 0x22;
const backslash = 0x5c;
const openers: ReadonlySet<number> = new Set([0x7b, 0x5b]);
const closers: ReadonlySet<number> = new Set([0x7d, 0x5d]);
const openBracket = 0x5b;
/** Depth inside the array `items` of the list, and inside one of the objects in it. */
const inItems = 2;
const inItem = 3;

/**
 * Reads a Kubernetes list as it arrives and hands out each element of its `items`, parsed, one at a time: a page that is
 * parsed as a whole leaves its size several times over as garbage. Keeps the unfinished item and the rest of the list
 * only. Throws a SyntaxError for an item that is not JSON, a RangeError when more than `maxBytes` arrive; the text that it
 * returns is not checked.
 */
export async function takeItems(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes: number; readonly onItem: (item: unknown) => void },
): Promise<Envelope> {
  const decoder = new TextDecoder();
  let [size, depth] = [0, 0];
  let [isString, isEscaped, isList] = [false, false, false];
  let envelope = "";
  let parts: Uint8Array[] = [];

  /** Takes what lies before the position: part of an item, or of the rest. */
  function take(bytes: Uint8Array): void {
    if (isList && depth >= inItem) parts.push(bytes);
    // Between items there is nothing but commas and spaces.
    else if (!isList || depth < inItems) envelope += decoder.decode(bytes, { stream: true });
  }

  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > options.maxBytes) throw new RangeError(`the answer is larger than ${options.maxBytes} bytes`);
    let start = 0;
    for (let at = 0; at < chunk.length; at++) {
      if (isString) {
        // Most bytes are in strings: skipped at the speed of indexOf, unless something may be escaped.
        if (isEscaped) isEscaped = false;
        else if (chunk[at] === backslash) isEscaped = true;
        else if (chunk[at] === quote) isString = false;
        continue;
      }
      const byte = chunk[at] ?? 0;
      if (byte === quote) isString = true;
      else if (openers.has(byte)) {
        const begins = isList && depth === inItems;
        take(chunk.subarray(start, begins ? at : at + 1));
        start = begins ? at : at + 1;
        depth++;
        if (byte === openBracket && depth === inItems && /"items"\s*:\s*\[$/.test(envelope)) isList = true;
      } else if (closers.has(byte)) {
        const ends = isList && depth === inItem;
        take(chunk.subarray(start, ends ? at + 1 : at));
        start = ends ? at + 1 : at;
        depth--;
        if (ends) options.onItem(parse(parts));
        if (ends) parts = [];
        if (depth < inItems) isList = false;
      }
    }
    take(chunk.subarray(start));
  }
  return envelope + decoder.decode();
}
