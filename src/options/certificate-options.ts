import type { OptionRow } from "./option-row.ts";

const controller = ["controller"] as const;

/** Options of `restamp controller` about the webhook's certificate. */
export const certificateOptions = [
  {
    name: "certificate-mode",
    type: "oneOf",
    default: "cert-manager",
    choices: ["cert-manager", "self-managed"],
    commands: controller,
    group: "Certificate",
    help: "Who makes the webhook's certificate: cert-manager, or the controller itself, which then also writes the webhook configuration's caBundle",
  },
  {
    name: "certificate-secret",
    type: "name",
    default: "restamp-webhook-tls",
    commands: controller,
    group: "Certificate",
    help: "The Secret with the webhook's certificate, if self-managed",
  },
  {
    name: "certificate-validity",
    type: "duration",
    default: "2160h",
    min: "1h",
    max: "87600h",
    commands: controller,
    group: "Certificate",
    help: "How long a self-managed certificate is valid; it is renewed after two thirds",
  },
  {
    name: "webhook-service",
    type: "name",
    default: "restamp-webhook",
    commands: ["controller", "manifests"],
    group: "Certificate",
    help: "The webhook's Service: the certificate is made for its name",
  },
  {
    name: "webhook-configuration",
    type: "name",
    default: "restamp",
    commands: ["controller", "manifests"],
    group: "Certificate",
    help: "The MutatingWebhookConfiguration whose caBundle is written, if self-managed",
  },
] as const satisfies readonly OptionRow[];
