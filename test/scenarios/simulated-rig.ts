// The simulator as a rig for scenarios.

import {
  replaceFile,
  scaleProvider,
  startMember,
  stopMember,
} from "../../src/simulator/interference.ts";
import { controlPlane } from "../../src/simulator/model.ts";
import {
  containers,
  invocations,
  lockHolders,
  providerReplicas,
  seeingOld,
  serials,
  servesItsFile,
  tenants,
} from "./cluster-seen.ts";
import type { Event, Rig } from "./rig.ts";
import { drydock, type Sandbox } from "./simulated.ts";

export function simulatedRig(box: Sandbox): Rig {
  const { site } = box;
  const { model } = site;
  return {
    nodes: controlPlane(model).map((host) => host.name),
    drydock: (words, meanwhile = () => undefined) => {
      const told = (text: string): "kill" | undefined => {
        for (const line of text.split("\n")) {
          if (line.startsWith("{") && meanwhile(parsed(line)) === "kill") return "kill";
        }
        return undefined;
      };
      return drydock(box, words, {
        told,
        terminal: { runHere: async ([program]) => (program === "false" ? 1 : 0) },
      });
    },
    see: async () => ({
      serials: serials(model),
      containers: containers(model),
      etcdInvocations: invocations(model),
      provider: providerReplicas(model),
      tenants: tenants(model),
      servingOld: controlPlane(model).flatMap((host) => (servesItsFile(host) ? [] : [host.name])),
      seeingOld: seeingOld(model),
      lockedNodes: lockHolders(model),
    }),
    scaleProvider: async (replicas) => scaleProvider(site, replicas),
    replaceFile: async (node, path) => replaceFile(site, node, path),
    stopEtcd: async (node) => stopMember(site, node),
    startEtcd: async (node) => startMember(site, node),
  };
}

function parsed(line: string): Event {
  const event: Event = JSON.parse(line);
  return event;
}
