import { setTimeout as sleep } from "node:timers/promises";
import t from "tap";
import { waitFor } from "../controlplane/wait-for.ts";
import { createScreen } from "./screen.ts";

function capture(terminal: { isTTY?: boolean; columns?: number } = {}) {
  const written: string[] = [];
  const screen = createScreen({ write: (text) => written.push(text), ...terminal });
  return { screen, text: () => written.join("") };
}

t.test("createScreen() writes plain text where there is no terminal", async (t) => {
  const { screen, text } = capture();
  screen.title("A title");
  screen.command("kubectl get pods");
  screen.output("one\ntwo\n\n");
  screen.fact("It is so");
  t.equal(text(), "\nA title\n───────\n  $ kubectl get pods\n  one\n  two\n\n  ✓ It is so\n");
});

t.test("createScreen() colors at a terminal only", async (t) => {
  const { screen, text } = capture({ isTTY: true });
  screen.fact("It is so");
  t.ok(text().includes("\u001B["));
});

t.test("createScreen() wraps at the width, and at 100 columns where none is known", async (t) => {
  const words = "word ".repeat(40);
  for (const [columns, most] of [
    [40, 40],
    [0, 100],
    [500, 100],
  ] as const) {
    const { screen, text } = capture({ columns });
    screen.text(words);
    const longest = Math.max(
      ...text()
        .split("\n")
        .map((line) => line.length),
    );
    t.ok(longest <= most && longest > most - 6, `${columns}: ${longest}`);
  }
});

t.test("during() returns what it waited for, and tells of what took long only", async (t) => {
  const { screen, text } = capture();
  t.equal(await screen.during("Something quick", Promise.resolve("result")), "result");
  t.equal(text(), "");
  await screen.during("Something slow", sleep(1_100));
  t.match(text(), /^ {2}Something slow: [1-9]\d*\.\d s\n$/);
  await t.rejects(screen.during("Something bad", Promise.reject(new Error("bad"))), { message: "bad" });
});

t.test("during() moves at a terminal, and leaves nothing of it", async (t) => {
  const { screen, text } = capture({ isTTY: true, columns: 80 });
  await screen.during(
    "Something",
    waitFor(() => text().includes("⠙")),
  );
  t.match(text(), /⠋ Something: \d+ s.*⠙ Something: \d+ s/s);
  const left = text().split("\r\u001B[2K").at(-1);
  t.match(left, /^( {2}Something: \d+\.\d s\n)?$/, "but a line of its own, if the machine was slow");
});
