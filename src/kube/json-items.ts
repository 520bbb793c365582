const quote = 0x22;
const backslash = 0x5c;
const [openBrace, closeBrace] = [0x7b, 0x7d];
const [openBracket, closeBracket] = [0x5b, 0x5d];
/** How deep one is inside the array `items`, and inside one of the objects in it. */
const inItems = 2;
const inItem = 3;

/**
 * Reads a Kubernetes list as it arrives and hands out each object in its `items`, parsed, one at a time: a page that is
 * parsed as a whole leaves several times its size as garbage. Keeps the unfinished item and the rest of the list only.
 * Returns that rest as text, `{…,"items":[]}`, unchecked. Throws a SyntaxError for an item that is not JSON, a RangeError
 * when more than `maxBytes` arrive.
 */
export async function takeItems(
  chunks: AsyncIterable<Uint8Array>,
  options: { readonly maxBytes: number; readonly onItem: (item: unknown) => void },
): Promise<string> {
  const scanner = createScanner(options.onItem);
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > options.maxBytes) throw new RangeError(`the answer is larger than ${options.maxBytes} bytes`);
    scanner.scan(chunk);
  }
  return scanner.rest();
}

/** Follows strings and nesting; nothing else of JSON is checked here. */
function createScanner(onItem: (item: unknown) => void) {
  const decoder = new TextDecoder();
  let rest = "";
  let parts: Uint8Array[] = [];
  let depth = 0;
  let [inString, escaped, inList] = [false, false, false];

  /** Both take the position of a bracket and of the first byte not dealt with yet; they return the next such position. */
  function open(chunk: Uint8Array, at: number, start: number): number {
    depth++;
    // Between two items there is only a comma.
    if (inList) return depth === inItem ? at : start;
    if (depth !== inItems) return start;
    rest += decoder.decode(chunk.subarray(start, at + 1), { stream: true });
    inList = chunk[at] === openBracket && /(?<!\\)"items"\s*:\s*\[$/.test(rest);
    return at + 1;
  }

  function close(chunk: Uint8Array, at: number, start: number): number {
    depth--;
    if (!inList || depth > inItems) return start;
    if (depth < inItems) {
      inList = false;
      return at;
    }
    const item = [...parts, chunk.subarray(start, at + 1)];
    parts = [];
    onItem(parse(item));
    return at + 1;
  }

  function bracket(chunk: Uint8Array, at: number, start: number): number {
    const byte = chunk[at];
    if (byte === openBrace || byte === openBracket) return open(chunk, at, start);
    return byte === closeBrace || byte === closeBracket ? close(chunk, at, start) : start;
  }

  /** Whether the byte is part of a string, its end included. */
  function isText(byte: number | undefined): boolean {
    if (!inString) {
      inString = byte === quote;
      return inString;
    }
    if (escaped) escaped = false;
    else if (byte === backslash) escaped = true;
    else if (byte === quote) inString = false;
    return true;
  }

  return {
    scan(chunk: Uint8Array): void {
      let start = 0;
      for (let at = 0; at < chunk.length; at++) {
        if (!isText(chunk[at])) start = bracket(chunk, at, start);
      }
      if (!inList) rest += decoder.decode(chunk.subarray(start), { stream: true });
      else if (depth >= inItem) parts.push(chunk.subarray(start));
    },
    rest: () => rest + decoder.decode(),
  };
}

function parse(parts: readonly Uint8Array[]): unknown {
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    // Without the cause: V8's message quotes the text, which may be the content of a Secret.
    throw new SyntaxError("an item of a list is not JSON");
  }
}
