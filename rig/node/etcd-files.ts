/** etcd as a host service: kubespray's environment file and unit. */
import type { RigNode } from "../settings.ts";

export const etcdUnit = `[Unit]
Description=etcd
After=network.target

[Service]
Type=notify
User=root
EnvironmentFile=/etc/etcd.env
ExecStart=/usr/local/bin/etcd
NotifyAccess=all
Restart=always
RestartSec=10s
LimitNOFILE=40000

[Install]
WantedBy=multi-user.target
`;

export function etcdEnvironment(nodes: readonly RigNode[], node: RigNode): string {
  const { address, name } = node;
  const ssl = "/etc/ssl/etcd/ssl";
  const members = nodes.map((one) => `${one.etcdMember}=https://${one.address}:2380`);
  return `# Environment file for etcd ${name}
ETCD_DATA_DIR=/var/lib/etcd
ETCD_ADVERTISE_CLIENT_URLS=https://${address}:2379
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://${address}:2380
ETCD_INITIAL_CLUSTER_STATE=new
ETCD_METRICS=basic
ETCD_LISTEN_CLIENT_URLS=https://${address}:2379,https://127.0.0.1:2379
ETCD_ELECTION_TIMEOUT=5000
ETCD_HEARTBEAT_INTERVAL=250
ETCD_INITIAL_CLUSTER_TOKEN=k8s_etcd
ETCD_LISTEN_PEER_URLS=https://${address}:2380
ETCD_NAME=${node.etcdMember}
ETCD_PROXY=off
ETCD_INITIAL_CLUSTER=${members.join(",")}
ETCD_AUTO_COMPACTION_RETENTION=8
ETCD_SNAPSHOT_COUNT=100000
ETCD_QUOTA_BACKEND_BYTES=2147483648
ETCD_MAX_REQUEST_BYTES=1572864
ETCD_LOG_LEVEL=info
ETCD_MAX_SNAPSHOTS=5
ETCD_MAX_WALS=5
# TLS settings
ETCD_TRUSTED_CA_FILE=${ssl}/ca.pem
ETCD_CERT_FILE=${ssl}/member-${name}.pem
ETCD_KEY_FILE=${ssl}/member-${name}-key.pem
ETCD_CLIENT_CERT_AUTH=true

ETCD_PEER_TRUSTED_CA_FILE=${ssl}/ca.pem
ETCD_PEER_CERT_FILE=${ssl}/member-${name}.pem
ETCD_PEER_KEY_FILE=${ssl}/member-${name}-key.pem
ETCD_PEER_CLIENT_CERT_AUTH=True

# CLI settings
ETCDCTL_ENDPOINTS=https://127.0.0.1:2379
ETCDCTL_CACERT=${ssl}/ca.pem
ETCDCTL_KEY=${ssl}/admin-${name}-key.pem
ETCDCTL_CERT=${ssl}/admin-${name}.pem

ETCD_EXPERIMENTAL_INITIAL_CORRUPT_CHECK=true
ETCD_EXPERIMENTAL_WATCH_PROGRESS_NOTIFY_INTERVAL=5s
`;
}
