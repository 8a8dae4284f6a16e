/** The image references of the provider's objects; all of them are the rig's own stand-in. */

export const providerVersion = "0.14.0";
export const providerImage = `ghcr.io/akash-network/provider:${providerVersion}`;
export const nodeImage = "ghcr.io/akash-network/node:2.0.0";
export const workloadImage = "rig.drydock/workload:1";

export const akashImages: readonly string[] = [providerImage, nodeImage, workloadImage];
