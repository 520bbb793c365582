import { runCommandLine } from "./command-line.ts";
import { createComputedDefaults } from "./options/pod-identity.ts";
import { readProcessInput } from "./options/process-input.ts";
import { readVersion } from "./version.ts";

const input = readProcessInput();

const code = await runCommandLine({
  input,
  computed: createComputedDefaults({ ...input, kubeconfigNamespace }),
  kubeconfigProblem: async (file) => (await import("./kube/kube-config.ts")).kubeconfigProblem(file),
  version: readVersion,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  process,
  processes: {
    webhook: async (options, frame) => (await import("../webhook/main.ts")).runWebhook(options, frame),
    controller: async (options, frame) => (await import("../controller/main.ts")).runController(options, frame),
  },
  compare: async (options, frame) => (await import("../compare/main.ts")).runCompare(options, frame),
  manifests: async (options) => {
    const { manifestsYaml } = await import("./manifests/manifests.ts");
    return manifestsYaml(options);
  },
});
// Connections that others keep open must not keep a stopped process alive.
process.exit(code);

async function kubeconfigNamespace(kubeconfig: string | undefined): Promise<string | undefined> {
  const { createClusterAccess } = await import("./kube/kube-config.ts");
  const options = kubeconfig === undefined ? {} : { kubeconfig };
  return createClusterAccess(options, { clock: { now: () => Date.now() } }).namespace;
}
