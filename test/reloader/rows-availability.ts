import type { CompatibilityTable } from "./row.ts";

const file = "test/reloader/high-availability.test.ts";
const load = "test/e2e/nothing-lost-handover.test.ts";

/** Section 1.12: several replicas. */
export const availabilityRows: CompatibilityTable = {
  subject: "High availability",
  rows: [
    {
      feature: "The Lease `stakater-reloader-lock` in `POD_NAMESPACE`, 15 s, 10 s and 2 s",
      verdict: "same",
      note: "`--lease-name`, `--lease-duration`, `--lease-renew-deadline` and `--lease-retry-period` change it. Where Reloader and restamp share a namespace, one of them acts.",
      test: {
        file: file,
        title: "Reloader's times by default, and its Lease; SIGTERM releases it, and the next replica acts at once",
      },
    },
    {
      feature: "The holder is the name of the Pod",
      verdict: "different",
      note: "The name of the Pod, `_` and a random part: a container that starts again in the same Pod is somebody else, and must not take its former lease for its own.",
      restore: "none.",
      test: { file: file, title: "the holder is named after its Pod" },
    },
    {
      feature: "SIGTERM does not release the Lease: the next replica waits for up to 17 s",
      verdict: "better",
      note: "It is released, and the next replica acts within milliseconds.",
      test: {
        file: file,
        title: "Reloader's times by default, and its Lease; SIGTERM releases it, and the next replica acts at once",
      },
    },
    {
      feature: "Followers watch nothing: a new leader lists everything first",
      verdict: "better",
      note: "Every replica watches; only the leader acts. It costs the memory of one more replica.",
      test: { file: load, title: "a rolling update delays no patch beyond 3 s" },
    },
    {
      feature: "What changes between two leaders is lost",
      verdict: "better",
      note: "It is rolled out, once.",
      test: { file: file, title: "a leader that dies: what changes until the next one leads is rolled out once" },
    },
    {
      feature: "What changes while no replica runs is lost",
      verdict: "better",
      note: "It is rolled out, once, at the next start.",
      test: {
        file: file,
        title: "what changes while no replica runs is rolled out once, without --sync-after-restart",
      },
    },
    {
      feature: "A leader that loses its Lease fails `/live` and is restarted",
      verdict: "better",
      note: "It stops to act, goes on to watch, and stands again.",
      test: { file: file, title: "a leader that loses its lock stays alive, and stands again" },
    },
    {
      feature: "Without `--enable-ha` there is no Lease",
      verdict: "same",
      note: "One replica only, as with Reloader; `manifests/overlays/reloader` sets the flag, with two replicas.",
      test: { file: file, title: "without --enable-ha a replica acts at once, needs no lock and no POD_NAME" },
    },
  ],
};
