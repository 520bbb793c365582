import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

/** A Secret volume on disk, written as the kubelet writes it. */
export interface SecretVolume {
  readonly folder: string;
  /** Replaces the whole content at once. */
  write(data: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * Writes `folder` as the kubelet's atomic writer does (kubernetes/pkg/volume/util/atomic_writer.go): each version in
 * a new folder, then the link `..data` is replaced by rename, links for new files are made, those of removed files
 * and the old version are deleted.
 */
export async function createSecretVolume(folder: string): Promise<SecretVolume> {
  await mkdir(folder, { recursive: true });
  let previous: { version: string; names: string[] } = { version: "", names: [] };

  async function write(data: Readonly<Record<string, string>>): Promise<void> {
    const names = Object.keys(data);
    const stamp = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "_").replace("T", "_");
    const version = await mkdtemp(join(folder, `..${stamp}.`));
    for (const name of names) await writeFile(join(version, name), data[name] ?? "");
    await symlink(basename(version), join(folder, "..data_tmp"));
    await rename(join(folder, "..data_tmp"), join(folder, "..data"));
    for (const name of names.filter((one) => !previous.names.includes(one))) {
      await symlink(join("..data", name), join(folder, name));
    }
    for (const name of previous.names.filter((one) => !names.includes(one))) await rm(join(folder, name));
    if (previous.version !== "") await rm(previous.version, { recursive: true });
    previous = { version, names };
  }

  return { folder, write };
}
