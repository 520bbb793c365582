/**
 * Whether a variable is one that the kubelet adds for a Service whose name begins with "restamp", such as
 * `RESTAMP_WEBHOOK_SERVICE_HOST` or `RESTAMP_WEBHOOK_PORT=tcp://10.0.0.1:443`. Those are never options: the table
 * keeps clear of these names, and a test holds it to that.
 *
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function isServiceLink(variable: string): boolean {
  return /^RESTAMP(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$/.test(
    variable,
  );
}
