import { asArray, asString, at } from "./json.ts";

/** What the ledger says about the pods of one template. */
export interface LedgerRecord {
  /** The template, by its hash. */
  readonly hash: string;
  /** What its pods run with, as the text of a stamp; empty where the stamp on the template says so itself. */
  readonly text: string;
}

/** What the ledger says about one workload. */
export interface LedgerEntry {
  /** `Deployment.apps/shop/cart`, for whoever reads the ledger. */
  readonly workload: string;
  /** It has left restamp's reach. It is adopted when it is seen to come back, else what is recorded counts. */
  readonly released: boolean;
  /** Newest first. */
  readonly records: readonly LedgerRecord[];
}

/**
 * Templates remembered for a workload: one more than a Deployment keeps by default to return to.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/ `revisionHistoryLimit`
 */
const longestHistory = 11;

/** The text of an entry, one JSON document. The inverse of {@link parseLedgerEntry}. */
export function formatLedgerEntry(entry: LedgerEntry): string {
  return JSON.stringify({
    workload: entry.workload,
    ...(entry.released ? { released: true } : {}),
    records: entry.records.map(({ hash, text }) => [hash, text]),
  });
}

/** Reads an entry; `undefined` if it is none: the workload is then taken as never seen. */
export function parseLedgerEntry(text: string): LedgerEntry | undefined {
  const document = parseJson(text);
  const workload = asString(at(document, ["workload"]));
  if (workload === undefined) return undefined;
  const records = asArray(at(document, ["records"])).flatMap((record) => {
    const [hash, stamp] = asArray(record).map(asString);
    return hash === undefined || stamp === undefined ? [] : [{ hash, text: stamp }];
  });
  return { workload, released: at(document, ["released"]) === true, records };
}

/** The entry with one more record, or with that template's record replaced and moved to the front. */
export function withRecord(entry: LedgerEntry | undefined, workload: string, record: LedgerRecord): LedgerEntry {
  const others = (entry?.records ?? []).filter(({ hash }) => hash !== record.hash);
  return { workload, released: false, records: [record, ...others].slice(0, longestHistory) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Somebody edited the ledger: the caller says so, with the workload's name.
    return undefined;
  }
}
