// A server, or a client, whose certificate has expired or another authority has signed: what
// kubectl and curl say of it was recorded on the rig.

import { expect, test } from "vitest";
import { textAt, writeFile } from "../src/simulator/files.ts";
import { type HostModel, hostNamed } from "../src/simulator/model.ts";
import { clientPemOf, withClient } from "../src/simulator/nature/kubeconfig.ts";
import { somebody } from "../src/simulator/transition.ts";
import { mint, mintLike } from "../src/simulator/x509.ts";
import { played, transcript } from "./conformance/played.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

const dayMs = 24 * 3_600_000;

function validity({ site }: Sandbox, days: number) {
  const { now } = site.model;
  return { notBefore: now - 400 * dayMs, notAfter: now + days * dayMs };
}

const pair = (host: HostModel, path: string) => ({
  pem: textAt(host, `${path}.crt`),
  keyPem: textAt(host, `${path}.key`),
});

function expiredServer(box: Sandbox, host: HostModel): void {
  const authority = pair(host, "/etc/kubernetes/pki/ca");
  host.served.apiserver = mintLike(host.served.apiserver, validity(box, -1), 7001, authority).pem;
}

function foreignServer(box: Sandbox, host: HostModel): void {
  const profile = { subject: [["CN", "kubernetes"]], names: [], use: "authority" } as const;
  const authority = mint(profile, validity(box, 10), 7002);
  host.served.apiserver = mintLike(host.served.apiserver, validity(box, 10), 7003, authority).pem;
}

function expiredClient(box: Sandbox, host: HostModel): void {
  const text = textAt(host, "/etc/kubernetes/admin.conf");
  const authority = pair(host, "/etc/kubernetes/pki/ca");
  const client = mintLike(clientPemOf(text), validity(box, -1), 7004, authority);
  const content = withClient(text, client);
  writeFile(box.site, host, "/run/drydock-recording/other.conf", { content }, somebody);
}

/** In the simulator the node's own API server stands for what only pretended to be one. */
const own = (text: string) =>
  text.replaceAll(/(127\.0\.0\.1:16444|10\.99\.0\.1:6443)/g, "10.0.0.1:6443");

const plain = (text: string) =>
  own(text)
    .replaceAll(/^E\d{4} [\d:.]+ +\d+ /gm, "E")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, "INSTANT");

test.each<readonly [string, (box: Sandbox, host: HostModel) => void]>([
  ["kubectl/get-expired", expiredServer],
  ["kubectl/readyz-expired", expiredServer],
  ["kubectl/get-foreign-server", foreignServer],
  ["kubectl/get-expired-client", expiredClient],
  ["kubectl/readyz-expired-client", expiredClient],
  ["curl/expired", expiredServer],
  ["curl/foreign-server", foreignServer],
])("the same exit code and the same words: %s", async (name, prepare) => {
  const recorded = transcript(name);
  const box = sandbox();
  prepare(box, hostNamed(box.site.model, "node1"));
  const answer = await played(box, recorded.argv.map(own));
  expect([answer.code, answer.stdout]).toEqual([recorded.code, recorded.stdout]);
  expect(plain(answer.stderr).split("\n")).toEqual(plain(recorded.stderr).split("\n"));
});
