import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Name of a Go module below `modules/`, which builds one part of the control plane. */
export type ModuleName = "kubernetes" | "etcd" | "kwok" | "cert-manager" | "argo-rollouts" | "helm";

/** Files that a module takes from its upstream source beside the binaries. */
export interface ModuleAssets {
  /** Go module that holds the files. */
  readonly from: string;
  /** Folders inside it, in the order in which their YAML files are taken. */
  readonly folders: readonly string[];
  /** Which files of the folders. */
  readonly files: RegExp;
}

/** One row of the table of modules. */
export interface ControlPlaneModule {
  readonly name: ModuleName;
  /** For people, without the version. */
  readonly title: string;
  /** Go module whose required version is the version of the part. */
  readonly upstream: string;
  /** What to build, as an argument of `go build`. */
  readonly target: "tool" | ".";
  /** Name of each wanted binary to the name under which `go build` makes it. */
  readonly binaries: Readonly<Record<string, string>>;
  /** Variables set at link time, from the version without its "v". */
  readonly linkVariables?: (version: string) => Readonly<Record<string, string>>;
  readonly assets?: ModuleAssets;
  /** Duration of the first build on two cores, for the line that announces it. */
  readonly firstBuild: string;
}

/** Every part that can be built, by name. */
export const controlPlaneModules: Readonly<Record<ModuleName, ControlPlaneModule>> = {
  kubernetes: {
    name: "kubernetes",
    title: "Kubernetes",
    upstream: "k8s.io/kubernetes",
    target: "tool",
    binaries: {
      "kube-apiserver": "kube-apiserver",
      "kube-controller-manager": "kube-controller-manager",
      "kube-scheduler": "kube-scheduler",
      kubectl: "kubectl",
    },
    linkVariables: kubernetesVersion,
    firstBuild: "about 5 minutes",
  },
  etcd: {
    name: "etcd",
    title: "etcd",
    upstream: "go.etcd.io/etcd/server/v3",
    target: "tool",
    binaries: { etcd: "server" },
    firstBuild: "about 30 seconds",
  },
  kwok: {
    name: "kwok",
    title: "KWOK",
    upstream: "sigs.k8s.io/kwok",
    target: "tool",
    binaries: { kwok: "kwok" },
    assets: {
      from: "sigs.k8s.io/kwok",
      folders: ["kustomize/stage/node/fast", "kustomize/stage/node/heartbeat-with-lease", "kustomize/stage/pod/fast"],
      files: /^(node|pod)-.*\.yaml$/,
    },
    firstBuild: "about 2 minutes",
  },
  "cert-manager": {
    name: "cert-manager",
    title: "cert-manager",
    upstream: "github.com/cert-manager/cert-manager",
    target: ".",
    binaries: { "cert-manager": "certmanager" },
    assets: { from: "github.com/cert-manager/cert-manager", folders: ["deploy/crds"], files: /\.yaml$/ },
    firstBuild: "about 2 minutes",
  },
  "argo-rollouts": {
    name: "argo-rollouts",
    title: "Argo Rollouts",
    upstream: "github.com/argoproj/argo-rollouts",
    target: "tool",
    binaries: { "rollouts-controller": "rollouts-controller" },
    assets: { from: "github.com/argoproj/argo-rollouts", folders: ["manifests/crds"], files: /-crd\.yaml$/ },
    firstBuild: "about 4 minutes",
  },
  helm: {
    name: "helm",
    title: "Helm",
    upstream: "helm.sh/helm/v4",
    target: "tool",
    binaries: { helm: "helm" },
    linkVariables: (version) => ({ "helm.sh/helm/v4/internal/version.version": `v${version}` }),
    firstBuild: "about 2 minutes",
  },
};

/** Folder of the module's go.mod. */
export function moduleFolder(name: ModuleName): string {
  return join(import.meta.dirname, "modules", name);
}

/** Version of the part as its go.mod requires it, such as "v1.36.3". */
export function moduleVersion(module: ControlPlaneModule): string {
  const text = readFileSync(join(moduleFolder(module.name), "go.mod"), "utf8");
  const line = text.split("\n").find((candidate) => candidate.trim().startsWith(`${module.upstream} v`));
  const version = line?.trim().split(" ")[1];
  if (version === undefined) throw new Error(`Cannot read the version of "${module.upstream}": not required in go.mod`);
  return version;
}

function kubernetesVersion(version: string): Readonly<Record<string, string>> {
  const [major = "", minor = ""] = version.split(".");
  const variables = "k8s.io/component-base/version";
  return {
    [`${variables}.gitVersion`]: `v${version}`,
    [`${variables}.gitMajor`]: major,
    [`${variables}.gitMinor`]: minor,
  };
}
