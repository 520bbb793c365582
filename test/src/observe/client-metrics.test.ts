import t from "tap";
import { createClientMetrics } from "../../../src/observe/client-metrics.ts";
import { createMetricsRegistry } from "../../../src/observe/metric.ts";

t.test("createClientMetrics() names calls as Kubernetes' own client does", async (t) => {
  const registry = createMetricsRegistry({ processMetrics: false });
  const { observe } = createClientMetrics(registry, "https://10.96.0.1:443/with/a/path");
  for (const verb of ["get", "list", "watch"]) observe({ info: { verb }, code: "200", seconds: 0.02 });
  observe({ info: { verb: "create" }, code: "201", seconds: 0.2 });
  observe({ info: { verb: "update" }, code: "409", seconds: 0.2 });
  observe({ info: { verb: "patch" }, code: "timeout", seconds: 10 });
  observe({ info: { verb: "deletecollection" }, code: "200", seconds: 0.2 });
  const text = await registry.render();
  const host = 'host="10.96.0.1:443"';
  t.strictSame(text.match(/^rest_client_requests_total.*$/gm), [
    `rest_client_requests_total{code="200",method="GET",${host}} 3`,
    `rest_client_requests_total{code="201",method="POST",${host}} 1`,
    `rest_client_requests_total{code="409",method="PUT",${host}} 1`,
    `rest_client_requests_total{code="<error>",method="PATCH",${host}} 1`,
    `rest_client_requests_total{code="200",method="DELETE",${host}} 1`,
  ]);
  t.match(text, `rest_client_request_duration_seconds_bucket{le="0.01",verb="GET",${host}} 0\n`);
  t.match(text, `rest_client_request_duration_seconds_bucket{le="0.05",verb="GET",${host}} 3\n`);
  t.match(text, `rest_client_request_duration_seconds_count{verb="PUT",${host}} 1\n`);
  t.match(text, `rest_client_request_duration_seconds_sum{verb="PATCH",${host}} 10\n`);
});
