import { parseArgs } from "node:util";
import { startControlPlane } from "../controlplane/control-plane.ts";
import { installRestamp } from "../helpers/install.ts";
import { type Deployment, envFrom, openShop } from "../helpers/shop.ts";

// `npm run measure:outage`: what a deploy costs while the webhook is there, gone, or hanging. Prints a table; asserts nothing.

const usage = `Usage: npm run measure:outage [-- --deploys N]

Measures how long the API server takes for a deploy (an image changed by a patch) while the webhook works, while its
process is gone, while it hangs, and while it hangs and the same object is written every second by somebody else.

  --deploys N   deploys for each row (default 10; 1 for the last row)
`;

const { values } = parseArgs({ options: { deploys: { type: "string", default: "10" }, help: { type: "boolean" } } });
if (values.help === true) {
  process.stdout.write(usage);
  process.exit(0);
}
const deploys = Number(values.deploys);

const plane = await startControlPlane({ controllerManager: true });
try {
  const install = await installRestamp(plane, { webhook: "self-managed" });
  const { kube, webhook } = install;
  const shop = await openShop(install, "shop");
  await kube.create(shop.configMap("app", { a: "1" }));
  await kube.create(shop.deployment("web", envFrom({ configMap: "app" })));
  const path = "/apis/apps/v1/namespaces/shop/deployments/web";
  let image = 0;
  const deploy = async (): Promise<number> => {
    const container = { name: "main", image: `registry.example/app:${++image}` };
    const start = performance.now();
    const patch = { spec: { template: { spec: { containers: [container] } } } };
    await kube.patch<Deployment>(path, patch, { type: "strategic" });
    return (performance.now() - start) / 1_000;
  };
  const measure = async (title: string, count: number): Promise<void> => {
    const seconds: number[] = [];
    for (let index = 0; index < count; index++) seconds.push(await deploy());
    seconds.sort((left, right) => left - right);
    const [least = 0, median = 0, most = 0] = [seconds[0], seconds[Math.floor(count / 2)], seconds.at(-1)];
    process.stdout.write(
      `${title.padEnd(58)} ${[least, median, most].map((each) => each.toFixed(3).padStart(8)).join("")}\n`,
    );
  };

  process.stdout.write(
    `${"seconds for one deploy".padEnd(58)} ${["min", "median", "max"].map((each) => each.padStart(8)).join("")}\n`,
  );
  await measure("the webhook works", deploys);
  const pid = webhook?.running.pid ?? 0;
  process.kill(pid, "SIGSTOP");
  await measure("the webhook hangs", deploys);
  const writer = writeEverySecond(path);
  await measure("the same, the object being written every second for 20 s", 1);
  clearInterval(writer);
  process.kill(pid, "SIGKILL");
  await webhook?.running.exited();
  await measure("the webhook's process is gone", deploys);

  function writeEverySecond(target: string): NodeJS.Timeout {
    let count = 0;
    return setInterval(() => {
      // Longer, and the deploy fails: the API server repeats admission for as long as others come first.
      if (count === 20) return;
      const metadata = { annotations: { "example.com/written": String(++count) } };
      kube.patch(target, { metadata }).catch((error: unknown) => process.stderr.write(`${String(error)}\n`));
    }, 1_000);
  }
} finally {
  await plane.stop();
}
