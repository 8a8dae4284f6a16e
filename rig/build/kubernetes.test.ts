import { expect, it } from "vitest";
import { moduleText, requirements, stagingModules, versionFlags } from "./kubernetes.ts";
import { requiring } from "./programs.ts";

const goMod = `module k8s.io/kubernetes

require (
	github.com/x/y v0.0.0-20190214190532-5111143e8da2
	k8s.io/klog/v2 v2.130.1
	k8s.io/api v0.0.0
	k8s.io/kubelet v0.0.0 // indirect
)

replace (
	k8s.io/api => ./staging/src/k8s.io/api
)
`;

it("staging modules are those required as v0.0.0", () => {
  expect(stagingModules(goMod)).toEqual(["k8s.io/api", "k8s.io/kubelet"]);
});

it("each staging module is replaced by the version that was chosen for it", () => {
  const text = moduleText("1.33.5", requirements(goMod), [["k8s.io/api", "0.33.4"]]);
  expect(text).toContain(
    "\tk8s.io/kubernetes v1.33.5\n\tgithub.com/x/y v0.0.0-20190214190532-5111143e8da2\n",
  );
  expect(text).toContain("\tk8s.io/api => k8s.io/api v0.33.4\n");
});

it("third-party modules are required as Kubernetes requires them, staging modules are not", () => {
  expect(requirements(goMod)).toEqual([
    "github.com/x/y v0.0.0-20190214190532-5111143e8da2",
    "k8s.io/klog/v2 v2.130.1",
  ]);
});

it("the programs know their version", () => {
  expect(versionFlags("1.33.5")).toContain("version.gitVersion=v1.33.5");
  expect(versionFlags("1.33.5")).toContain("version.gitMinor=33");
});

it("a module that only requires others lists each once", () => {
  expect(requiring("etcd", { "a/v3": "3.5.22", "b/v3": "3.5.21" })).toContain(
    "\ta/v3 v3.5.22\n\tb/v3 v3.5.21\n",
  );
});
