// Private keys never leave a node, except inside an archive or a snapshot that the operator asked
// for.

import { defineChecker } from "./checker.ts";

/** PEM's words, base64 of PEM's and of every key, and how every secret of the simulator begins. */
const words = [
  "tenant-secret-",
  "PRIVATE KEY",
  "LS0tLS1CRUdJTiBQUklWQVRFIEtFWS",
  "MC4CAQAwBQYDK2VwBCIEI",
] as const;

/**
 * Every answer of a window is searched, so plain words come first: a pattern takes ten times as
 * long.
 */
function holdsKey(text: string): boolean {
  return (
    words.some((word) => text.includes(word)) ||
    (text.includes("client-key-data") && /client-key-data: \S/.test(text))
  );
}

export const secretsStay = defineChecker<object>({
  name: "secrets-stay",
  sentence:
    "No key and no tenant's secret is in an answer, in the journal, on the screen, or in a file here in the clear.",
  memory: () => ({}),
  see: (_, transition) => {
    switch (transition.kind) {
      case "answered":
        return holdsKey(transition.text) ? `${transition.host} answered with a key` : undefined;
      case "printed":
        return holdsKey(transition.text) ? "a key was printed" : undefined;
      case "journalled":
        return holdsKey(JSON.stringify(transition.record))
          ? `record ${transition.record.seq} holds a key`
          : undefined;
      case "stored":
        return transition.after.form === "text" && holdsKey(transition.after.content)
          ? `${transition.name} holds a key in the clear`
          : undefined;
      default:
        return undefined;
    }
  },
});
