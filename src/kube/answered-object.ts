import { ClusterError } from "../core/errors.ts";
import { asString, at } from "../core/json.ts";

/**
 * The answer to a GET of one object, if it is that object. What stands between may answer everything with 200, an empty
 * body or `{}` included, and that is not an object without content. Throws `ClusterError` (`unavailable`): try again.
 *
 * @param path see `resourcePath`; it ends with the name
 */
export function answeredObject<T>(path: string, answer: T): T {
  const name = decodeURIComponent(path.slice(path.lastIndexOf("/") + 1));
  const hasName = asString(at(answer, ["metadata", "name"])) === name;
  if (hasName && (asString(at(answer, ["metadata", "uid"])) ?? "") !== "") return answer;
  throw new ClusterError("unavailable", `Cannot GET ${path}: the answer is not the object that was asked for`);
}
