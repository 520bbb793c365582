/** One of several controllers that share a cluster: each looks after namespaces of its own, and all of them after all. */
export interface Shard {
  /** From 0 to {@link Shard.count} - 1. */
  readonly index: number;
  readonly count: number;
}

/** Each namespace is weighed once for each shard, for every object that a watch shows. */
const mostShards = 64;

/** Reads `0/2`, the first of two; or says what is wrong with it. */
export function parseShard(text: string): Shard | { readonly problem: string } {
  const [, first = "", second = ""] = /^(0|[1-9]\d*)\/(0|[1-9]\d*)$/.exec(text) ?? [];
  const [index, count] = [Number(first), Number(second)];
  if (second === "") return { problem: 'not understood; write "I/N" such as 0/2, the first of two' };
  if (count < 1 || count > mostShards) {
    return { problem: `there cannot be ${second} shards; write I/N with N from 1 to ${mostShards}` };
  }
  if (index >= count) {
    const choices = count === 1 ? "0/1" : `0/${count} to ${count - 1}/${count}`;
    return { problem: `there is no shard ${first} of ${second}, they count from 0; write ${choices}` };
  }
  return { index, count };
}

/** The inverse of {@link parseShard}. */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/**
 * The shard that a namespace belongs to: the one in which its name weighs most (rendezvous hashing). One shard more takes
 * its share evenly from all others, and nothing moves between those.
 *
 * @see https://en.wikipedia.org/wiki/Rendezvous_hashing
 */
export function shardOf(namespace: string, count: number): number {
  const name = hashOf(namespace);
  let heaviest = 0;
  let greatest = -1;
  for (let index = 0; index < count; index++) {
    // Both steps are one-to-one: no two shards weigh the same.
    const weight = mixed(name ^ mixed(index + 1));
    if (weight > greatest) [heaviest, greatest] = [index, weight];
  }
  return heaviest;
}

/** Whether a namespace belongs to a shard; to no shard in particular, all of them do. */
export function isOwn(shard: Shard | undefined, namespace: string): boolean {
  return shard === undefined || shardOf(namespace, shard.count) === shard.index;
}

/** Whether what is done once for an install is done here. */
export function isFirst(shard: Shard | undefined): boolean {
  return shard === undefined || shard.index === 0;
}

/** The name of what each shard has for itself: `restamp-controller-0-of-2`. */
export function nameInShard(name: string, shard: Shard | undefined): string {
  return shard === undefined ? name : `${name}-${shard.index}-of-${shard.count}`;
}

/** FNV-1a: names are short, and every event of a watch asks. */
function hashOf(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value;
}

/** The end of MurmurHash3, one-to-one on 32 bits: every bit of the input counts for every bit of the result. */
function mixed(value: number): number {
  let bits = value;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
