import { EventEmitter } from "node:events";
import t from "tap";
import type { Logger } from "../../../src/core/ports.ts";
import { onStopRequest } from "../../../src/runtime/stop-request.ts";

function create(channel?: { unref(): void }) {
  const exits: number[] = [];
  const messages: string[] = [];
  const reasons: string[] = [];
  const note = (_fields: object, message: string) => void messages.push(message);
  const log: Logger = { debug: note, info: note, warn: note, error: note };
  const process = Object.assign(new EventEmitter(), {
    exit: (code: number): never => {
      exits.push(code);
      throw new Error("exit");
    },
    ...(channel === undefined ? {} : { channel }),
  });
  const release = onStopRequest({ log, process }, (reason) => reasons.push(reason));
  return { process, exits, messages, reasons, release };
}

for (const event of ["uncaughtException", "unhandledRejection"]) {
  t.test(`onStopRequest() logs ${event} and exits with 1`, async (t) => {
    const { process, exits, messages, reasons } = create();
    t.throws(() => process.emit(event, new Error("Bug")), { message: "exit" });
    t.strictSame([exits, messages, reasons], [[1], ["Unexpected error: exiting"], []]);
  });
}

t.test("onStopRequest() asks once, then exits with 128 and the signal's number", async (t) => {
  const { process, exits, reasons } = create();
  process.emit("SIGHUP", "SIGHUP");
  t.throws(() => process.emit("SIGTERM", "SIGTERM"), { message: "exit" });
  t.strictSame([reasons, exits], [["SIGHUP"], [143]]);
});

t.test("onStopRequest() stops an orphan without keeping the process alive for its channel", async (t) => {
  const unreferenced: boolean[] = [];
  const { process, reasons } = create({ unref: () => void unreferenced.push(true) });
  t.strictSame(unreferenced, [true]);
  process.emit("disconnect");
  t.strictSame(reasons, ["the process that started this one is gone"]);
});

t.test("onStopRequest() returns a function that takes its listeners away", async (t) => {
  const { process, release } = create();
  t.not(process.eventNames().length, 0);
  release();
  t.strictSame(process.eventNames(), []);
});
