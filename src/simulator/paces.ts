// How fast the simulated cluster is.

/** How long what is waited for most takes: the longer, the more often it is looked at. */
export interface Paces {
  /** From its start until an API server is ready. */
  readonly apiServerMs: number;
  /** From its start until scheduler and controller-manager are well. */
  readonly componentMs: number;
  /** From the removal of a container until the kubelet starts the next one. */
  readonly kubeletMs: number;
  /** From its start until the provider is ready, and from the wish until its pod has ended. */
  readonly providerMs: number;
  readonly providerEndMs: number;
}
