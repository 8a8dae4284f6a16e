// One command per host that tells what a survey wants to know of it. Reads only, and no secrets.
// A backup makes /var/backups where there is none (RHEL and its kin have none): what is free is
// then told of the nearest folder above it.

import type { HostBasics } from "../cluster/facts.ts";
import type { ReadCommand } from "../core/command.ts";
import type { Outcome, Reading } from "../core/outcome.ts";
import { answer } from "./answer.ts";

/** Everything that a window may call on a host. */
const calledPrograms = [
  "kubeadm",
  "kubectl",
  "crictl",
  "etcdctl",
  "etcdutl",
  "openssl",
  "curl",
  "flock",
  "tar",
  "sha256sum",
] as const;

const script = `say() { printf '%s\\t%s\\n' "$1" "$2"; }
say clock "$(date +%s.%N)"
say hostname "$(cat /proc/sys/kernel/hostname)"
for p in "$@"; do command -v "$p" >/dev/null 2>&1 && say program "$p"; done
say kubeadm "$(kubeadm version -o short 2>/dev/null)"
# Of 3.3 only the third API has that command.
say etcdctl "$(ETCDCTL_API=3 etcdctl version 2>/dev/null | sed -n 's/^etcdctl version: *//p')"
m=/etc/kubernetes/manifests
# What a rotation renews, as a manifest names it: authorities are not of it.
renewed='/etc/kubernetes/((super-)?admin|scheduler|controller-manager)[.]conf|/etc/kubernetes/(pki|ssl)/[a-z/-]+[.]crt'
for f in "$m"/*.yaml "$m"/*.yml "$m"/*.json; do
  [ -f "$f" ] || continue; b=$(basename "$f"); b=\${b%.*}; say pod "$b"
  grep -v '^ *#' "$f" 2>/dev/null | grep -oE "$renewed" | grep -vE '(^|/|-)ca[.]crt$' | sort -u |
  while read -r r; do say reads "$b $r"; done; done
say advertised "$(sed -n 's/^.*kube-apiserver.advertise-address.endpoint: *//p' $m/kube-apiserver.yaml 2>/dev/null | tr -d \\'\\")"
[ -e /etc/kubernetes/kubeadm-config.yaml ] && say kubeadm-config yes
[ -e /etc/kubernetes/kubelet.conf ] && say kubelet-conf yes
say kubernetes "$(readlink -f /etc/kubernetes)"
[ -d /etc/kubernetes/pki ] && say pki "$(readlink -f /etc/kubernetes/pki)"
[ -s /etc/machine-id ] &&
  say machine "$(cat /etc/machine-id /proc/sys/kernel/random/boot_id | sha256sum | cut -c 1-16)"
say etcd-unit "$(systemctl show etcd.service -p ActiveState --value 2>/dev/null)"
say etcd-invocation "$(systemctl show etcd.service -p InvocationID --value 2>/dev/null)"
[ -e /etc/etcd.env ] && say etcd-env yes
[ -e /etc/rancher/k3s ] && say k3s yes
room() { say free "$1 $(df -Pk "$2/" 2>/dev/null | awk 'NR == 2 { print $4 }')"; }
d=/var/backups; b=$d; until [ -d "$b/" ]; do b=\${b%/*}; done; room "$d" "$b"
for d in /var/lib/etcd /etc/kubernetes; do [ -d "$d" ] && room "$d" "$d"; done
t=k8s-certs-renew.timer; [ -n "$(systemctl list-unit-files --no-legend $t 2>/dev/null)" ] &&
  say timer "$(systemctl is-enabled $t 2>/dev/null)/$(systemctl is-active $t 2>/dev/null)"
for f in $(grep -lsE 'akash|kubectl|kubeadm|crictl' /etc/cron.d/* /etc/crontab \
  /var/spool/cron/crontabs/* /var/spool/cron/tabs/* /var/spool/cron/* 2>/dev/null)
do say cron "$f"; done
for f in /etc/cron.d/.drydock-*; do [ -e "$f" ] && say paused "$f"; done
for f in /root/.kube/config /home/*/.kube/config; do [ -e "$f" ] && say kubeconfig "$f"; done
# What lies in a home is its user's: no file, or one without an end, and a certificate that he wrote himself.
data() { head -c 1048576 -- "$2" 2>/dev/null | sed -n "s/^ *-\\{0,1\\} *$1: *//p" | head -n 1 | base64 -d 2>/dev/null; }
named() { data client-certificate-data "$1" | openssl x509 -noout -subject 2>/dev/null; }
signed() { data client-certificate-data "$1" | openssl verify -no_check_time -CAfile "$ca" >/dev/null 2>&1; }
ca=/etc/kubernetes/pki/ca.crt; [ -e "$ca" ] || ca=/etc/kubernetes/ssl/ca.crt
# Where there is an admin.conf a window sees to root's.
[ -e /etc/kubernetes/admin.conf ] && own= || own=/root/.kube/config
for f in $own /home/*/.kube/config; do
  [ -f "$f" ] && [ ! -L "$f" ] && named "$f" | grep -q 'CN *= *kubernetes-admin$' && signed "$f" &&
    say admin-copy "$(stat -c %U:%G "$f") $f"; done
for c in kubeadm k8s-certs-renew ansible-playboo etcdctl
do pgrep --ns $$ --nslist pid -x "$c" >/dev/null 2>&1 && say busy "$c"; done
# Also where the script that it runs is Python's.
[ "$(systemctl is-active k8s-certs-renew.service 2>/dev/null)" = activating ] && say busy k8s-certs-renew.service
true`;

export const readHostBasics: ReadCommand = {
  argv: ["sh", "-c", script, "drydock-host-basics", ...calledPrograms],
  shown: "what is installed, mounted, scheduled and running here",
  reads: true,
  timeoutMs: 30_000,
};

/**
 * `askedAt` and `answeredAt` are ours, milliseconds: the host's clock is compared with their
 * middle.
 */
export function parseHostBasics(
  outcome: Outcome,
  asked: { readonly askedAt: number; readonly answeredAt: number },
): Reading<HostBasics> {
  return answer(outcome, "survey", (text) => {
    const lines = text.split("\n").map((line) => line.split("\t"));
    const all = (key: string) => lines.filter(([k]) => k === key).map(([, v = ""]) => v);
    const one = (key: string) => all(key)[0] ?? "";
    const clock = Number(one("clock")) * 1000;
    if (!Number.isFinite(clock) || clock === 0) return undefined;
    return {
      hostname: one("hostname"),
      clockOffsetMs: Math.round(clock - (asked.askedAt + asked.answeredAt) / 2),
      offsetErrorMs: Math.round((asked.answeredAt - asked.askedAt) / 2),
      programs: all("program"),
      kubeadmVersion: one("kubeadm"),
      etcdctlVersion: one("etcdctl"),
      // One that lies there under two endings is one component all the same.
      staticPods: [...new Set(all("pod"))],
      reads: all("reads").flatMap(podReads),
      advertised: one("advertised"),
      kubeadmConfig: one("kubeadm-config") === "yes",
      kubeletConf: one("kubelet-conf") === "yes",
      kubernetesFolder: one("kubernetes"),
      pkiFolder: one("pki"),
      machine: one("machine"),
      etcdUnit: { active: one("etcd-unit"), invocation: one("etcd-invocation") },
      etcdEnv: one("etcd-env") === "yes",
      k3s: one("k3s") === "yes",
      freeBytes: Object.fromEntries(all("free").flatMap(freeSpace)),
      renewTimer: one("timer"),
      cronFiles: all("cron"),
      pausedFiles: all("paused"),
      kubeconfigs: all("kubeconfig"),
      adminCopies: all("admin-copy").flatMap(adminCopy),
      busyWith: all("busy"),
    };
  });
}

/** `pod file` */
function podReads(line: string): HostBasics["reads"] {
  const [, pod, file] = /^(.*) (\S+)$/.exec(line) ?? [];
  return pod === undefined || file === undefined ? [] : [{ pod, file }];
}

/** `owner:group path`; groups of a directory service have blanks. */
function adminCopy(line: string): HostBasics["adminCopies"] {
  const [, owner, group, path] = /^([^:]+):(.+?) (\/.*)$/.exec(line) ?? [];
  return owner === undefined || group === undefined || path === undefined
    ? []
    : [{ path, owner, group }];
}

/** None where df did not tell: that is not 0. */
function freeSpace(line: string): readonly (readonly [string, number])[] {
  const [folder = "", kibibytes = ""] = line.split(" ");
  return /^\d+$/.test(kibibytes) ? [[folder, Number(kibibytes) * 1024]] : [];
}
