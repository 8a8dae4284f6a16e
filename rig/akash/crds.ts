/**
 * The akash.network resource definitions: names, versions and scope; the fields are not checked.
 */

const kinds = [
  { plural: "manifests", singular: "manifest", kind: "Manifest", shortNames: ["mani"] },
  { plural: "providerhosts", singular: "providerhost", kind: "ProviderHost", shortNames: ["ph"] },
  {
    plural: "providerleasedips",
    singular: "providerleasedip",
    kind: "ProviderLeasedIP",
    shortNames: ["plip"],
  },
];

const openSchema = {
  openAPIV3Schema: {
    type: "object",
    properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
  },
};

export const crds: readonly object[] = kinds.map((names) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: {
    name: `${names.plural}.akash.network`,
    annotations: { "helm.sh/resource-policy": "keep" },
  },
  spec: {
    group: "akash.network",
    scope: "Namespaced",
    names,
    versions: [
      { name: "v2beta2", served: true, storage: true, schema: openSchema },
      { name: "v2beta1", served: false, storage: false, schema: openSchema },
    ],
  },
}));
