// The scripts on root's kubeconfig, run here for real and played in the simulator, on the same
// files.

import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Command } from "../src/core/command.ts";
import { makeTree, runHere } from "../src/programs/fake-node.testkit.ts";
import { compareKubeconfigs, replaceKubeconfig } from "../src/programs/kubeconfig.ts";
import { adminKubeconfig } from "../src/programs/kubectl.ts";
import { textAt, writeFile } from "../src/simulator/files.ts";
import { renewByHand } from "../src/simulator/interference.ts";
import { hostNamed } from "../src/simulator/model.ts";
import { run } from "../src/simulator/programs/run.ts";
import { somebody } from "../src/simulator/transition.ts";
import { sandbox } from "./scenarios/simulated.ts";

const path = "/root/.kube/config";
const [compare, replace] = [compareKubeconfigs(path), replaceKubeconfig(path, "stamp")];
const word = /^(same|other|untold) .*$/m;

test.each<[string, (old: string) => string]>([
  ["a copy", (old) => old],
  ["a namespace", (old) => old.replace("    user: ", "    namespace: akash\n    user: ")],
  ["a server", (old) => old.replace(/server: .*/, "server: https://lb:6443")],
  ["another authority", (old) => old.replace(/(authority-data: )./, "$1M")],
  ["no preferences", (old) => old.replace(/^preferences.*\n/m, "")],
  ["its key first", (old) => old.replace(/( *client-c.*\n)( *client-k.*\n)/, "$2$1")],
  ["quotes", (old) => old.replace(/client-key-data: (.*)/, "'client-key-data': \"$1\"")],
  ["a key twice", (old) => old.replace(/ *client-k.*\n/, "$&$&")],
  ["a key in two lines", (old) => `${old}      QUJD\n`],
  ["a remark on another key", (old) => `${old}# client-key-data: QUJD\n`],
  ["flow style", (old) => old.replace(/user:\n {4}(c.*)\n {4}(.*)/, "user: {$1, $2}")],
])(
  "root's kubeconfig with %s comes out of the played script as out of the real one",
  async (_, make) => {
    const { site } = sandbox({ controlPlane: 1 });
    const host = hostNamed(site.model, "node1");
    writeFile(site, host, path, { content: make(textAt(host, path)) }, somebody);
    await renewByHand(site, "node1");
    const play = async ({ argv }: Command) =>
      (await run({ site, host, argv, by: somebody, boot: host.boots })).stdout;
    const tree = makeTree();
    try {
      for (const file of [path, adminKubeconfig]) {
        tree.write(file, textAt(host, file));
        chmodSync(join(tree.root, file), 0o600);
      }
      const real = ({ argv, ...more }: Command) => {
        const [program, ...words] = argv;
        const there = words.map((one) =>
          one === path || one === adminKubeconfig ? join(tree.root, one) : one,
        );
        const ran = runHere({ ...more, argv: [program, ...there] });
        return ran.kind === "exited" ? ran.stdout : ran.because;
      };
      expect(word.exec(await play(compare))?.[0]).toBe(word.exec(real(compare))?.[0]);
      await play(replace);
      real(replace);
      for (const file of [path, `${path}.stamp`]) {
        expect(textAt(host, file)).toBe(readFileSync(join(tree.root, file), "utf8"));
      }
      expect(word.exec(await play(compare))?.[0]).toBe(word.exec(real(compare))?.[0]);
    } finally {
      tree.remove();
    }
  },
);
