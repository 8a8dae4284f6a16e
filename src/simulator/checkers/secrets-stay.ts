// Private keys never leave a node, except inside an archive or a snapshot that the operator asked for.

import { defineChecker } from "./checker.ts";

/** PEM's words, a kubeconfig's, base64 of PEM's, and how every secret of the simulator begins. */
const key =
  /tenant-secret-|PRIVATE KEY|client-key-data: \S|LS0tLS1CRUdJTiBQUklWQVRFIEtFWS|MC4CAQAwBQYDK2VwBCIEI/;

export const secretsStay = defineChecker<object>({
  name: "secrets-stay",
  sentence:
    "No key and no tenant's secret is in an answer, in the journal, on the screen, or in a file here in the clear.",
  memory: () => ({}),
  see: (_, transition) => {
    switch (transition.kind) {
      case "answered":
        return key.test(transition.text) ? `${transition.host} answered with a key` : undefined;
      case "printed":
        return key.test(transition.text) ? "a key was printed" : undefined;
      case "journalled":
        return key.test(JSON.stringify(transition.record))
          ? `record ${transition.record.seq} holds a key`
          : undefined;
      case "stored":
        return transition.after.form === "text" && key.test(transition.after.content)
          ? `${transition.name} holds a key in the clear`
          : undefined;
      default:
        return undefined;
    }
  },
});
