import t from "tap";
import { jsonLines } from "../../../src/kube/json-lines.ts";

async function collect(chunks: readonly Buffer[], maxLineBytes = 1_000_000): Promise<unknown[]> {
  async function* source() {
    yield* chunks;
  }
  const lines: unknown[] = [];
  for await (const line of jsonLines(source(), maxLineBytes)) lines.push(line);
  return lines;
}

t.test("jsonLines() does not care where the input is cut", async (t) => {
  const text = Buffer.from('{"a":"äöü€😀"}\n\n{"b":[1,2]}\r\n{"c":null}');
  const want = [{ a: "äöü€😀" }, { b: [1, 2] }, { c: null }];
  for (let size = 1; size <= text.length; size++) {
    const chunks: Buffer[] = [];
    for (let at = 0; at < text.length; at += size) chunks.push(text.subarray(at, at + size));
    t.same(await collect(chunks), want, `pieces of ${size} bytes`);
  }
});

t.test("jsonLines() reads long lines in many pieces", async (t) => {
  const value = "x".repeat(8 * 1024 * 1024);
  const text = Buffer.from(`${JSON.stringify({ value })}\n`);
  const chunks: Buffer[] = [];
  for (let at = 0; at < text.length; at += 65_536) chunks.push(text.subarray(at, at + 65_536));
  const [line] = await collect(chunks, 16 * 1024 * 1024);
  t.equal((line as { value: string }).value.length, value.length);
});

t.test("jsonLines() refuses too long and broken lines without quoting them", async (t) => {
  await t.rejects(collect([Buffer.alloc(100, "x")], 99), new RangeError("a line is longer than 99 bytes"));
  await t.rejects(collect([Buffer.from('{"hunter2":\n')]), new SyntaxError("a line is not JSON, or was cut off"));
  await t.rejects(collect([Buffer.from('{"a":1}\n{"hunter2')]), new SyntaxError("a line is not JSON, or was cut off"));
});

t.test("jsonLines() ends its source when it is left", async (t) => {
  let ended = false;
  async function* source() {
    try {
      for (;;) yield Buffer.from("1\n");
    } finally {
      ended = true;
    }
  }
  for await (const _line of jsonLines(source(), 100)) break;
  t.ok(ended);
});
