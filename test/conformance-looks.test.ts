// Drydock's own scripts, which the simulator plays by their names: each line that they print there
// is one that the real script printed on the rig, but for addresses, times, ids and certificates.

import { expect, test } from "vitest";
import { createArchive } from "../src/programs/tar.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { played, type Transcript, transcript } from "./conformance/played.ts";
import { type Sandbox, sandbox } from "./scenarios/simulated.ts";

const values: readonly (readonly [RegExp, string])[] = [
  [/\b10\.(0|99)\.0\.(\d+)\b/g, "10.x.0.$2"],
  [/(\d{4})(-\d\d){5}/g, "DATE"],
  [/^(clock\t)\d+\.\d{9}$/gm, "$1TIME"],
  [/^(clock|modified) \d{10}\b/gm, "$1 TIME"],
  [/^(machine\t)[0-9a-f]{16}$/gm, "$1ID"],
  [/^(etcd-invocation\t)[0-9a-f]{32}$/gm, "$1ID"],
  [/^(free\t\S+) \d+$/gm, "$1 KIB"],
  [/^(pem|data)( [\w+/=]+)+$/gm, "$1 BASE64"],
  [/^because [0-9A-F]{16}:/gm, "because THREAD:"],
];

/** Without what is another one in each cluster, and at each moment. */
function plain(text: string): string {
  return values.reduce((so, [value, name]) => so.replace(value, name), text);
}

test.each(["df/host-basics", "openssl/certificates-of-a-node", "openssl/served-certificates"])(
  "a look at a node has the same lines in the same order: %s",
  async (name) => {
    const recorded = transcript(name);
    const { code, stdout, stderr } = await played(sandbox(), recorded.argv);
    expect([code, stderr]).toEqual([recorded.code, recorded.stderr]);
    expect(plain(stdout).split("\n")).toEqual(plain(recorded.stdout).split("\n"));
  },
);

/** What the rig's archive has, and no step or checker of a simulated window asks for. */
const ofTheRig = /\/(sa\.(pub|key)|kubelet\.service|net\.d\/.*)$/;

/** Three lines that tell of the file, and the members, in whatever order their folder has them. */
function archiveTold({ stdout }: Pick<Transcript, "stdout">) {
  const [facts = "", sum = "", listSum = "", ...members] = plain(stdout).trimEnd().split("\n");
  const hidden = [facts.replace(/^\d+/, "SIZE"), ...[sum, listSum].map(withoutSum)];
  return { hidden, members: members.filter((one) => !ofTheRig.test(one)).sort() };
}

function withoutSum(line: string): string {
  return line.replace(/^[0-9a-f]{64}/, "SHA256");
}

/** Makes the archive that is asked for, as it was made for the recording. */
async function archived(box: Sandbox, { argv }: Transcript): Promise<string> {
  const path = argv[4] ?? "";
  await played(box, createArchive(path, ["etc/kubernetes/ssl/apiserver.crt"]).argv);
  return path;
}

test("an archive has the same members, whatever their order, and tells the same of itself", async () => {
  const recorded = transcript("tar/archive-status");
  const box = sandbox();
  await archived(box, recorded);
  const answer = await played(box, recorded.argv);
  expect([answer.code, answer.stderr]).toEqual([recorded.code, recorded.stderr]);
  expect(archiveTold(answer)).toEqual(archiveTold(recorded));
});

test("an archive of which the half is missing is listed up to its end, with the same complaint", async () => {
  const recorded = transcript("tar/archive-status-damaged");
  const box = sandbox();
  const path = await archived(box, recorded);
  const { files } = hostNamed(box.site.model, "node1");
  const whole = files.get(path);
  if (whole === undefined) throw new Error("there is no archive");
  files.set(path, { ...whole, content: whole.content.slice(0, 700) });
  const answer = await played(box, recorded.argv);
  expect([answer.code, answer.stderr]).toEqual([recorded.code, recorded.stderr]);
  const [simulated, real] = [archiveTold(answer), archiveTold(recorded)];
  expect(simulated.hidden).toEqual(real.hidden);
  for (const { length } of [simulated.members, real.members]) expect(length).toBeGreaterThan(0);
});
