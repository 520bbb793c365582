import t from "tap";
import { createRestartLog, eventSelections } from "../../compare/restart-log.ts";

function event(uid: string, more: object = {}): object {
  return {
    metadata: { uid },
    involvedObject: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web" },
    reason: "Reloaded",
    message: "Changes detected in 'app' of type 'CONFIGMAP' in namespace 'shop', Updated …",
    source: { component: "reloader-configmaps" },
    firstTimestamp: "2026-09-17T10:00:00Z",
    lastTimestamp: "2026-09-17T10:00:00Z",
    count: 1,
    ...more,
  };
}
const again = { count: 3, lastTimestamp: "2026-09-17T10:10:00Z" };

t.test("createRestartLog() counts every restart once, however often its Event is read", async (t) => {
  const log = createRestartLog({ mostRestarts: 100 });
  const handler = log.handler();
  handler.listing();
  handler.item(event("a"));
  handler.listed();
  handler.event("modified", event("a", again));
  handler.listing();
  handler.item(event("a", again));
  handler.item(event("b"));
  handler.listed();
  t.same(log.counts(), { reloader: 4, restamp: 0 });
  t.equal(log.restarts().length, 4);
});

t.test("createRestartLog() keeps what Events told that are gone", async (t) => {
  const log = createRestartLog({ mostRestarts: 100 });
  const handler = log.handler();
  handler.event("added", event("a"));
  handler.event("deleted", event("a"));
  handler.event("added", event("b"));
  handler.listing();
  handler.listed();
  t.equal(log.restarts().length, 2);
  handler.event("added", event("b"));
  t.equal(log.restarts().length, 3, "an Event that was gone is another one");
});

t.test("createRestartLog() knows failures, and whether restamp acts itself", async (t) => {
  const log = createRestartLog({ mostRestarts: 100 });
  const handler = log.handler();
  const failed = { reason: "ReloadFail", message: "Update for 'web' … failed with error" };
  handler.event("added", event("a", { ...failed, message: `${failed.message} one` }));
  handler.event(
    "added",
    event("b", { ...failed, message: `${failed.message} two`, lastTimestamp: again.lastTimestamp }),
  );
  t.match(log.failures(), [{ message: "two" }]);
  const own = { reportingComponent: "restamp.dev/controller", eventTime: "2026-09-17T10:00:00Z" };
  handler.event("added", event("c", { ...own, reason: "WouldRestart" }));
  t.notOk(log.isEnforced());
  handler.event("added", event("d", { ...own, reason: "Restamped" }));
  t.ok(log.isEnforced());
  t.same(log.counts(), { reloader: 0, restamp: 2 });
});

t.test("createRestartLog() never has more than it may have", async (t) => {
  const log = createRestartLog({ mostRestarts: 20 });
  const handler = log.handler();
  for (let index = 0; index < 100; index++) handler.event("added", event(`e${index}`));
  handler.event("added", event("many", { count: 100_000, lastTimestamp: again.lastTimestamp }));
  t.ok(log.restarts().length <= 20, `${log.restarts().length}`);
  t.equal(log.dropped() + log.restarts().length, log.counts().reloader);
});

t.test("eventSelections are for the API server", async (t) => {
  t.same(eventSelections, [
    "reason=Reloaded,reportingComponent!=restamp.dev/controller",
    "reason=ReloadFail",
    "reportingComponent=restamp.dev/controller",
  ]);
});
