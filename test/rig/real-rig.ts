// The real cluster as a rig for scenarios: what the simulator is asked, asked of three machines
// over ssh.

import type { Ran, Rig, Seen } from "../scenarios/rig.ts";
import {
  apiServerFile,
  clusterSettles,
  codeOn,
  containers,
  controlPlane,
  etcdInvocations,
  leaves,
  nodeNames,
  providerReplicas,
  replaceFile,
  scaleProvider,
  servedByApiServer,
  startEtcd,
  stopEtcd,
  tenants,
} from "./cluster.ts";
import { drydock, freshState } from "./drydock.ts";
import { seeingOld } from "./seeing-old.ts";

/** What a shell shows for a process that was killed with -9. */
const killedCode = 137;

/** With a state folder of its own, in which its windows follow each other. */
export function realRig(): Rig {
  const state = freshState();
  return {
    nodes: nodeNames,
    drydock: async (words, meanwhile = () => undefined): Promise<Ran> => {
      const ran = await drydock(state, words.split(" "), (event, { child }) => {
        if (meanwhile(event) === "kill") child.kill("SIGKILL");
      });
      return { code: ran.code ?? killedCode, out: ran.stdout, err: ran.stderr };
    },
    see,
    scaleProvider,
    replaceFile,
    stopEtcd,
    startEtcd: async (node) => {
      await startEtcd(node);
      await clusterSettles();
    },
  };
}

async function see(): Promise<Seen> {
  const certificates = await leaves();
  const running = [...(await containers())].filter(([name]) =>
    controlPlane.some((component) => name.endsWith(`/${component}`)),
  );
  const [wanted, ready = ""] = (await providerReplicas()).split("/");
  return {
    serials: new Map([...certificates].map(([name, { serial }]) => [name, serial])),
    containers: new Map(running.map(([name, { id }]) => [name, id])),
    etcdInvocations: await etcdInvocations(),
    provider: `${wanted}/${ready || 0}`,
    tenants: await tenants(),
    servingOld: await nodesThat(
      async (node) => (await servedByApiServer(node)) !== (await apiServerFile(node)),
    ),
    seeingOld: await seeingOld(controlPlane),
    lockedNodes: await nodesThat(
      async (node) => (await codeOn(node, "test -e /var/lib/drydock/lock/holder")) === 0,
    ),
  };
}

async function nodesThat(is: (node: string) => Promise<boolean>): Promise<readonly string[]> {
  const answers = await Promise.all(nodeNames.map(is));
  return nodeNames.filter((_, index) => answers[index]);
}
