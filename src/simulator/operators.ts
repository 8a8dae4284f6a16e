// The provider's operators, as the model has them.

/** Of the provider's operators; tenants' are made from their leases. */
export interface Deployment {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  generation: number;
  observedGeneration: number;
  replicas: number;
  /** Its new pods never become ready. */
  broken: boolean;
}

/** The inventory operator: it loses all it knows when the API server that it watches ends. */
export interface InventoryModel {
  /** The host of that API server. */
  watches: string;
  lost: boolean;
}
