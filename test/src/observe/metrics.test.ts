import t from "tap";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";
import { createApiMetrics, registerBuildInfo } from "../../../src/observe/metrics.ts";

const calls = [
  { verb: "get", code: "200", want: 'verb="get",code="2xx"' },
  { verb: "watch", code: "200", want: 'verb="watch",code="2xx"' },
  { verb: "patch", code: "409", want: 'verb="patch",code="409"' },
  { verb: "create", code: "451", want: 'verb="create",code="4xx"' },
  { verb: "list", code: "503", want: 'verb="list",code="5xx"' },
  { verb: "get", code: "timeout", want: 'verb="get",code="timeout"' },
  { verb: "get", code: "aborted", want: 'verb="get",code="aborted"' },
  { verb: "get", code: "unavailable", want: 'verb="get",code="none"' },
];
for (const { verb, code, want } of calls) {
  t.test(`createApiMetrics() counts ${verb} that ended with ${code}`, async (t) => {
    const registry = createMetricsRegistry({ processMetrics: false });
    createApiMetrics(registry).observe({ info: { verb }, code, seconds: 0.01 });
    const text = await registry.render();
    t.ok(text.includes(`restamp_api_requests_total{${want}} 1\n`));
    t.ok(text.includes(`restamp_api_request_duration_seconds_count{verb="${verb}"} 1\n`));
  });
}

t.test("registerBuildInfo() says which version runs", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  registerBuildInfo(registry, { version: "1.2.3", node: "v26.0.0" });
  t.match(await registry.render(), /^restamp_build_info\{version="1\.2\.3",node="v26\.0\.0"\} 1$/m);
});
