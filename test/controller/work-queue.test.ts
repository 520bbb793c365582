import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import t, { type Test } from "tap";
import { createWorkQueue } from "../../controller/work-queue.ts";

/** An open queue that is closed at the end, so that no timer outlives the test. */
function queueFor(t: Test, now?: () => number) {
  const queue = createWorkQueue(now);
  queue.open();
  t.teardown(() => queue.close());
  return queue;
}

/** Both ends of a connection, closed at the end. */
async function connected(t: Test): Promise<readonly [Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  t.teardown(() => server.close());
  await once(server, "listening");
  const ours = connect((server.address() as AddressInfo).port, "127.0.0.1");
  t.teardown(() => ours.destroy());
  const [theirs]: Socket[] = await once(server, "connection");
  if (theirs === undefined) throw new Error("A connection without a socket");
  t.teardown(() => theirs.destroy());
  return [ours, theirs];
}

const never = new AbortController().signal;

t.test("add() keeps a key once, in the order of the first time", async (t) => {
  const queue = queueFor(t);
  for (const key of ["a", "b", "a"]) queue.add(key);
  t.equal(queue.depth(), 2);
  t.equal(await queue.next(never), "a");
  t.equal(await queue.next(never), "b");
  t.equal(queue.depth(), 0);
});

t.test("add() of a key that is being worked on hands it out again when it is done", async (t) => {
  const queue = queueFor(t);
  queue.add("a");
  t.equal(await queue.next(never), "a");
  queue.add("a");
  queue.add("a");
  t.equal(queue.depth(), 0, "not to a second worker");
  queue.done("a");
  t.equal(queue.depth(), 1, "once");
  t.equal(await queue.next(never), "a");
  queue.done("a");
  t.equal(queue.depth(), 0);
});

t.test("next() waits for a key, and each key wakes one worker", async (t) => {
  const queue = queueFor(t);
  const both = Promise.all([queue.next(never), queue.next(never)]);
  queue.add("a");
  queue.add("b");
  t.same((await both).sort(), ["a", "b"]);
});

t.test("next() ends when the signal aborts", async (t) => {
  const queue = queueFor(t);
  const stopping = new AbortController();
  const waiting = queue.next(stopping.signal);
  stopping.abort();
  t.equal(await waiting, undefined);
  queue.add("a");
  t.equal(await queue.next(stopping.signal), undefined, "and takes nothing any more");
  t.equal(await queue.next(never), "a", "which another one finds");
});

t.test("addAt() hands a key out at its time", async (t) => {
  const queue = queueFor(t);
  queue.addAt("later", Date.now() + 60);
  queue.addAt("sooner", Date.now() + 20);
  queue.addAt("past", Date.now() - 1_000);
  t.equal(queue.depth(), 0);
  t.equal(await queue.next(never), "past");
  t.equal(await queue.next(never), "sooner");
  t.equal(await queue.next(never), "later");
});

t.test("addAt() keeps the earliest of several times", async (t) => {
  const queue = queueFor(t);
  const start = Date.now();
  queue.addAt("a", start + 100_000);
  queue.addAt("a", start + 10);
  queue.addAt("a", start + 200_000);
  t.equal(await queue.next(never), "a");
  queue.done("a");
  queue.addAt("b", start + 100_000);
  queue.add("b");
  queue.addAt("b", start + 200_000);
  t.equal(await queue.next(never), "b", "now is earlier than any time");
});

t.test("addAt() takes times that no timer can keep", async (t) => {
  const queue = queueFor(t);
  queue.addAt("a", Date.now() + 2 ** 40);
  queue.addAt("a", Date.now() + 5);
  t.equal(await queue.next(never), "a");
});

t.test("addAt() lets what has arrived come first where the process was held up", async (t) => {
  const queue = queueFor(t);
  const [ours, theirs] = await connected(t);
  const order: string[] = [];
  const both = Promise.all([
    once(ours, "data").then(() => order.push("read")),
    queue.next(never).then((key) => order.push(String(key))),
  ]);
  queue.addAt("due", Date.now() + 20);
  theirs.write("a change");
  const end = performance.now() + 100;
  while (performance.now() < end);
  await both;
  t.same(order, ["read", "due"]);
});

t.test("retry() waits longer each time, up to a limit, until it is told to forget", async (t) => {
  const queue = queueFor(t, () => 0);
  const delays = Array.from({ length: 14 }, () => queue.retry("a"));
  for (const [index, delay] of delays.entries()) {
    const longest = Math.min(200 * 2 ** index, 300_000);
    t.ok(delay <= longest && delay >= longest * 0.5, `the ${index + 1}. delay is ${delay}`);
  }
  t.ok(queue.retry("b") <= 200, "another key starts from the beginning");
  queue.forget("a");
  t.ok(queue.retry("a") <= 200);
});

t.test("retry() waits at least as long as it was told to", async (t) => {
  const queue = queueFor(t, () => 0);
  t.equal(queue.retry("a", 7_000), 7_000);
});

t.test("close() drops keys and timers", async (t) => {
  const queue = queueFor(t);
  queue.add("a");
  queue.addAt("b", Date.now() + 1);
  queue.retry("c");
  queue.close();
  t.equal(queue.depth(), 0);
  queue.open();
  queue.add("d");
  t.equal(await queue.next(never), "d");
  t.ok(queue.retry("c") <= 200, "failures are forgotten");
});

t.test("a queue that is closed, at first or again, takes in nothing", async (t) => {
  const queue = createWorkQueue();
  t.teardown(() => queue.close());
  const addAll = (): void => {
    queue.add("now");
    queue.addAt("past", Date.now() - 1);
    queue.addAt("soon", Date.now() + 1);
  };
  addAll();
  t.equal(queue.depth(), 0);
  queue.open();
  queue.close();
  addAll();
  queue.open();
  queue.addAt("last", Date.now() + 20);
  t.equal(await queue.next(never), "last", "timers neither");
});

t.test("a queue tells of keys that become ready, and for how long they were", async (t) => {
  let time = 1_000;
  let queued = 0;
  const waited: number[] = [];
  const queue = createWorkQueue(() => time, {
    queued: () => queued++,
    waited: (milliseconds) => waited.push(milliseconds),
  });
  queue.add("a");
  t.equal(queued, 0, "not where nobody works");
  time += 60_000;
  queue.open();
  queue.add("a");
  time += 250;
  queue.add("a");
  t.equal(queued, 1, "once for a key that is ready already");
  await queue.next(never);
  t.same(waited, [250], "from the first time that it was added");
  queue.add("a");
  t.equal(queued, 1, "not while it is being worked on");
  queue.done("a");
  t.equal(queued, 2);
});
