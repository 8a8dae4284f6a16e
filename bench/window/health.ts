/** Shell that waits until components answer on their own node, asking as often as Drydock does. */

const urls = {
  "kube-apiserver": "https://127.0.0.1:6443/readyz",
  "kube-scheduler": "https://127.0.0.1:10259/healthz",
  "kube-controller-manager": "https://127.0.0.1:10257/healthz",
} as const;

export type BenchComponent = keyof typeof urls;

export function untilHealthy(...names: readonly BenchComponent[]): string {
  const asks = names.map((name) => `curl -fsk --max-time 5 -o /dev/null ${urls[name]}`);
  return `until ${asks.join(" && ")}; do sleep 0.1; done`;
}
