import t from "tap";
import { requestInfo } from "../../../src/kube/request-info.ts";

t.test("requestInfo() reads a request as RBAC does", async (t) => {
  const cases = [
    { method: "GET", path: "/api/v1/secrets", want: ["list", "", "secrets", undefined, undefined] },
    { method: "GET", path: "/api/v1/namespaces", want: ["list", "", "namespaces", undefined, undefined] },
    { method: "GET", path: "/api/v1/namespaces/shop", want: ["get", "", "namespaces", undefined, "shop"] },
    { method: "GET", path: "/api/v1/namespaces/shop/secrets/db", want: ["get", "", "secrets", "shop", "db"] },
    {
      method: "GET",
      path: "/apis/apps/v1/deployments",
      query: { watch: "true" },
      want: ["watch", "apps", "deployments", undefined, undefined],
    },
    {
      method: "PATCH",
      path: "/apis/apps/v1/namespaces/shop/deployments/cart/scale",
      want: ["patch", "apps", "deployments/scale", "shop", "cart"],
    },
    {
      method: "POST",
      path: "/api/v1/namespaces/shop/configmaps",
      want: ["create", "", "configmaps", "shop", undefined],
    },
    {
      method: "PUT",
      path: "/api/v1/namespaces/shop/configmaps/a%3Ab",
      want: ["update", "", "configmaps", "shop", "a:b"],
    },
    { method: "DELETE", path: "/api/v1/namespaces/shop/configmaps/a", want: ["delete", "", "configmaps", "shop", "a"] },
    { method: "GET", path: "/version", want: ["list", "", "", undefined, undefined] },
  ] as const;
  for (const { want, ...request } of cases) {
    const info = requestInfo(request);
    t.same(
      [info.verb, info.group, info.resource, info.namespace, info.name],
      want,
      `${request.method} ${request.path}`,
    );
  }
});
