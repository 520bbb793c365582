import t, { type Test } from "tap";
import { createSender, createUnableSender, type SenderOptions, type SendOutcome } from "../../../src/alerts/sender.ts";
import { waitFor } from "../../controlplane/wait-for.ts";
import { createRecordingLog } from "../../helpers/recording-log.ts";
import { closedPort, type ReceiverAnswer, setProxyEnvironment, startReceiver } from "../../helpers/webhook-receiver.ts";

const message = { contentType: "text/plain", body: "hello", isDelivered: (status: number) => status === 200 };

t.before(() => setProxyEnvironment(t));

function start(url: string, options: Partial<SenderOptions> = {}) {
  const log = createRecordingLog();
  const outcomes: SendOutcome[] = [];
  const time = { now: 0 };
  const deps = {
    log,
    clock: { now: () => time.now },
    onOutcome: (outcome: SendOutcome) => void outcomes.push(outcome),
  };
  const sender = createSender(deps, { url: `${url}/token`, timeoutMs: 5_000, retryMs: 1, ...options });
  const warnings = () => log.lines.filter(({ level }) => level !== "debug");
  return { sender, outcomes, time, warnings, lines: log.lines };
}

async function startTo(t: Test, answers: readonly ReceiverAnswer[], options: Partial<SenderOptions> = {}) {
  const receiver = await startReceiver(t, answers);
  return { receiver, ...start(receiver.url, options) };
}

t.test("send() tries again what may pass, and nothing else", async (t) => {
  const destroy: ReceiverAnswer = (response) => void response.socket?.destroy();
  const cases: readonly { answers: readonly ReceiverAnswer[]; calls: number; outcome: SendOutcome }[] = [
    { answers: [200], calls: 1, outcome: "sent" },
    { answers: [500, 200], calls: 2, outcome: "sent" },
    { answers: [destroy, 503, 429, 200], calls: 4, outcome: "sent" },
    { answers: [500], calls: 5, outcome: "failed" },
    { answers: [404, 200], calls: 1, outcome: "failed" },
    { answers: [302, 200], calls: 1, outcome: "failed" },
  ];
  for (const { answers, calls, outcome } of cases) {
    const { sender, receiver, outcomes, warnings } = await startTo(t, answers);
    sender.send(message);
    await sender.flush(10_000);
    t.equal(receiver.received.length, calls, `${answers}`);
    t.strictSame(outcomes, [outcome]);
    t.equal(warnings().length, outcome === "sent" ? 0 : 1);
  }
});

t.test("send() tries again what hung, and whom it could not reach", async (t) => {
  const { sender, receiver, outcomes } = await startTo(t, ["hang", 200], { timeoutMs: 1_000 });
  sender.send(message);
  await sender.flush(10_000);
  t.ok(receiver.received.length >= 2, "and once more if the machine is too busy for the second answer");
  t.strictSame(outcomes, ["sent"]);
  const nobody = start(`http://127.0.0.1:${await closedPort()}`);
  nobody.sender.send(message);
  await nobody.sender.flush(10_000);
  t.strictSame(nobody.outcomes, ["failed"]);
  t.match(nobody.warnings(), [{ fields: { error: /ECONNREFUSED/, count: 1 }, message: "Webhook could not be called" }]);
});

t.test("send() waits as long as Retry-After says", async (t) => {
  const later: ReceiverAnswer = (response) => void response.writeHead(429, { "retry-after": "1" }).end();
  const { sender, receiver, outcomes } = await startTo(t, [later, 200]);
  sender.send(message);
  await sender.flush(10_000);
  const [first, second] = receiver.received.map(({ at }) => at);
  t.ok(Number(second) - Number(first) >= 990, `${first} ${second}`);
  t.strictSame(outcomes, ["sent"]);
});

t.test("send() bounds what waits, and says at most once a minute what it drops", async (t) => {
  const { sender, receiver, outcomes, time, warnings } = await startTo(t, ["hang"], { maxQueued: 3 });
  for (let i = 0; i < 10; i++) sender.send(message);
  // Two are under way.
  t.strictSame(outcomes, Array(5).fill("dropped"));
  t.match(warnings(), [{ level: "warn", fields: { count: 1 }, message: /^Webhook calls were dropped/ }]);
  time.now += 60_000;
  sender.send(message);
  t.match(warnings()[1], { fields: { count: 5 } });
  await waitFor(() => receiver.received.length === 2);
  await sender.flush(50);
  t.equal(outcomes.length, 11);
  t.match(warnings()[2], { fields: { count: 5 } });
  t.equal(warnings().length, 3);
});

t.test("flush() ends in time, and the sender may be used on", async (t) => {
  const { sender, outcomes, receiver } = await startTo(t, ["hang", 200], { timeoutMs: 60_000 });
  sender.send(message);
  await waitFor(() => receiver.received.length === 1);
  await sender.flush(20);
  t.strictSame(outcomes, ["dropped"]);
  sender.send(message);
  await sender.flush(5_000);
  t.strictSame(outcomes, ["dropped", "sent"]);
  await sender.flush(0);
});

t.test("no log line has the path or the answer", async (t) => {
  for (const answers of [[200], [404], [500], ["hang"]] as const) {
    const { sender, lines, receiver } = await startTo(t, answers, { timeoutMs: 500 });
    sender.send(message);
    await sender.flush(10_000);
    t.match(lines, [{ fields: { host: `127.0.0.1:${receiver.port}` } }]);
    t.notMatch(JSON.stringify(lines), /token|quoted/);
  }
});

t.test("what can never be sent is said once, and counted", async (t) => {
  const senders = [
    (deps: Parameters<typeof createSender>[0]) => createSender(deps, { url: "ftp://x/token", timeoutMs: 1 }),
    (deps: Parameters<typeof createSender>[0]) => createUnableSender(deps, "there is nothing"),
  ];
  for (const create of senders) {
    const log = createRecordingLog();
    const outcomes: SendOutcome[] = [];
    const sender = create({ log, onOutcome: (outcome) => void outcomes.push(outcome) });
    sender.send(message);
    sender.send(message);
    await sender.flush(1_000);
    t.strictSame(outcomes, ["failed", "failed"]);
    t.match(log.lines, [{ level: "error", fields: { problem: /^the/ }, message: "Webhook cannot be called" }]);
    t.equal(log.lines.length, 1);
    t.notMatch(JSON.stringify(log.lines), /token/);
  }
});
