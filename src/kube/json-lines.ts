/**
 * Parses newline-delimited JSON as it arrives. A line may be cut anywhere, also inside a character. Keeps nothing but the
 * unfinished line, and throws a RangeError when that exceeds `maxLineBytes`, a SyntaxError for a line that is not JSON or
 * that the end of the input cuts off.
 */
export async function* jsonLines<T>(chunks: AsyncIterable<Uint8Array>, maxLineBytes: number): AsyncGenerator<T> {
  let parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      parts.push(chunk.subarray(start, end));
      const line = parts;
      parts = [];
      size = 0;
      start = end + 1;
      const text = decode(line);
      if (text !== "") yield parse<T>(text);
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > maxLineBytes) throw new RangeError(`a line is longer than ${maxLineBytes} bytes`);
  }
  const rest = decode(parts);
  if (rest !== "") yield parse<T>(rest);
}

const newline = 0x0a;

function decode(parts: readonly Uint8Array[]): string {
  const [only] = parts;
  if (only === undefined) return "";
  const bytes = parts.length === 1 ? only : Buffer.concat(parts);
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8").trim();
}

function parse<T>(text: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    // Without the cause: V8's message quotes the text, which may be the content of a Secret.
    throw new SyntaxError("a line is not JSON, or was cut off");
  }
}
