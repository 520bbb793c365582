import { setTimeout as sleep } from "node:timers/promises";
import {
  type CertificateKeeperDeps,
  type CertificateKeeperOptions,
  type CertificateKeeperState,
  createCertificateKeeper,
} from "./certificate-keeper.ts";

/** Keeps the webhook's certificate without cert-manager. Only the leader runs it. */
export interface SelfManagedCertificate {
  /** Checks, renews, publishes, waits, until `signal` aborts. Never rejects: what fails is logged and tried again. */
  run(signal: AbortSignal): Promise<void>;
  /** As of the last round; `problem` also says why that failed. */
  state(): CertificateKeeperState;
}

const firstRetryMs = 1_000;

/**
 * Makes the self-managed certificate's loop.
 *
 * @throws RangeError if the durations in `options` do not fit together.
 */
export function createSelfManagedCertificate(
  deps: CertificateKeeperDeps,
  options: CertificateKeeperOptions,
): SelfManagedCertificate {
  const keeper = createCertificateKeeper(deps, options);
  const { checkMs = 60_000 } = options;
  let failure: string | undefined;
  let told: string | undefined;

  async function round(signal: AbortSignal, failures: number): Promise<number> {
    try {
      const waitMs = await keeper.check(signal);
      failure = undefined;
      return waitMs;
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      return Math.min(firstRetryMs * 2 ** failures, checkMs);
    }
  }

  /** Once for each problem, however often it is met. */
  function tell(problem: string | undefined): void {
    if (problem === told) return;
    told = problem;
    if (problem === undefined) deps.log.info({}, "Self-managed certificate is in order");
    else deps.log.warn({ problem }, "Self-managed certificate is not in order");
  }

  function state(): CertificateKeeperState {
    const last = keeper.state();
    return failure === undefined ? last : { ...last, problem: failure };
  }

  return {
    state,
    async run(signal) {
      for (let failures = 0; !signal.aborted; ) {
        const waitMs = await round(signal, failures);
        if (signal.aborted) return;
        failures = failure === undefined ? 0 : failures + 1;
        tell(state().problem);
        await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      }
    },
  };
}
