import { createTransport } from "./kube-transport.ts";

/** The little of etcd's API that tests need, through its JSON gateway. */
export interface EtcdClient {
  readonly url: string;
  /** Name of the only member. */
  memberName(): Promise<string | undefined>;
  /**
   * Makes new revisions and compacts everything before it: whoever asks etcd for an older one is refused. Returns the
   * revision.
   */
  compact(): Promise<number>;
}

/** Creates a client of the etcd at `url`. */
export function createEtcdClient(url: string): EtcdClient {
  const transport = createTransport({ url });

  async function call(path: string, body: object): Promise<Record<string, unknown>> {
    const response = await transport.send(`/v3/${path}`, { method: "POST", body });
    if (response.status !== 200) throw new Error(`Cannot call etcd "${path}": ${response.status} ${response.body}`);
    return JSON.parse(response.body) as Record<string, unknown>;
  }

  return {
    url,
    async memberName() {
      const { members } = await call("cluster/member/list", {});
      return (members as { name?: string }[] | undefined)?.[0]?.name;
    },
    async compact() {
      const key = Buffer.from("restamp-test").toString("base64");
      // Two: a watch from the revision just before the compacted one would still be served.
      await call("kv/put", { key, value: key });
      const { header } = await call("kv/put", { key, value: key });
      const { revision } = header as { revision: string };
      await call("kv/compaction", { revision, physical: true });
      return Number(revision);
    },
  };
}
