// The script that a node runs to print its certificates: POSIX sh and awk, a handful of processes
// in all, whatever the number of files. It is checked against trees with marked keys in its test.

import { kubeconfigUser } from "./kubeconfig-user.ts";

// Lines that say which certificate is used or who listens where; none of them can hold a secret.
const settingsProgram = String.raw`
function say(key, value) {
  gsub(/["\047\r]/, "", value); sub(/[ \t]+$/, "", value)
  if (value != "") print "setting", substr(FILENAME, skip), key, value
}
FNR == 1 { print "configured", substr(FILENAME, skip) }
/^[ \t]*-[ \t]*["\047]?--(advertise-address|bind-address|secure-port|leader-elect|tls-cert-file|listen-client-urls|listen-peer-urls|cert-file|peer-cert-file|kubelet-certificate-authority)=/ {
  key = $0; sub(/^[ \t]*-[ \t]*["\047]?--/, "", key); at = index(key, "=")
  say(substr(key, 1, at - 1), substr(key, at + 1))
}
/^(address|port|tlsCertFile|serverTLSBootstrap|certificateValidityPeriod):/ {
  at = index($0, ":"); value = substr($0, at + 1); sub(/^[ \t]+/, "", value)
  say(substr($0, 1, at - 1), value)
}
/^ETCD_(CERT_FILE|PEER_CERT_FILE|LISTEN_CLIENT_URLS|LISTEN_PEER_URLS)=/ {
  at = index($0, "="); say(substr($0, 1, at - 1), substr($0, at + 1))
}
/^[ \t]*(- )?client-certificate:[ \t]/ {
  value = $0; sub(/^[^:]*:[ \t]*/, "", value); say("client-certificate", value)
}`;

// Base64 of "PRIVATE KEY" at its three alignments: data that holds it is withheld, whatever it is
// called.
const certificatesProgram = String.raw`${kubeconfigUser}
function tell(   text) {
  text = chosen()
  if (text ~ /UFJJVkFURSBL|SVZBVEUgS0VZ|UklWQVRFIEtF/)
    print "withheld a private key stands in its client-certificate-data"
  else if (text != "") print "data", text
}
FNR == 1 { tell(); forget(); inside = 0; print "file", substr(FILENAME, skip) }
{ sub(/\r$/, "") }
$0 == "-----BEGIN CERTIFICATE-----" { inside = 1; body = ""; next }
$0 == "-----END CERTIFICATE-----" { if (inside) print "pem", body; inside = 0; next }
inside && /^[A-Za-z0-9+\/=]+$/ { body = body $0; next }
{ inside = 0; follow($0) }
END { tell() }`;

/**
 * Arguments: the root to look under, then words: `s:` a file with settings, `k:` a key whose
 * presence matters, `f:` a file with certificates, `g:` a pattern of such files. `PKI/` is
 * certificatesDir. Answers in lines of `word rest`; see the parser.
 */
export const certificateScript = `LC_ALL=C; export LC_ALL
root=$1; shift; nl='
'; present=; settings=
pki=/etc/kubernetes/pki
[ -d "$root$pki" ] || [ ! -d "$root/etc/kubernetes/ssl" ] || pki=/etc/kubernetes/ssl
look() {
  f=$root$1
  case "$nl$present$nl" in *"$nl$f$nl"*) return;; esac
  if [ -f "$f" ]; then
    if [ -r "$f" ]; then present=$present$nl$f; echo "present $1"
    else echo "unreadable $1 no permission to read it; look as root"; fi
    return
  fi
  if [ -e "$f" ]; then echo "unreadable $1 it is not a file"; return; fi
  if [ -L "$f" ]; then echo "missing $1 its symbolic link leads nowhere"; return; fi
  d=\${f%/*}; while [ -n "$d" ] && [ ! -e "$d" ]; do d=\${d%/*}; done
  if [ -x "\${d:-/}" ]; then echo "missing $1 there is no such file"
  else echo "unreadable $1 no permission to look into \${d#"$root"}; look as root"; fi
}
look_matching() {
  for each in "$root"\${1%/*}/\${1##*/}; do
    case "$each" in *-key.pem) ;; *) if [ -e "$each" ]; then look "\${each#"$root"}"; fi;; esac
  done
}
echo "drydock-certificates 1"
echo "clock $(date +%s)"
echo "pki $pki"
for word do
  path=\${word#?:}; case "$path" in PKI/*) path=$pki/\${path#PKI/};; esac
  case "$word" in
    s:*) if [ -f "$root$path" ] && [ -r "$root$path" ]; then settings=$settings$nl$root$path; fi;;
    k:*) if [ -e "$root$path" ]; then echo "key $path"; fi;;
    f:*) look "$path";;
    g:*) look_matching "$path";;
  esac
done
if ! command -v awk >/dev/null 2>&1; then
  echo "trouble awk is not installed: certificates can be neither found nor read"
  echo "drydock-certificates end"; exit 0
fi
skip=$((\${#root} + 1))
set -f; IFS=$nl
if [ -n "$settings" ]; then
  found=$(awk -v skip=$skip '${shellQuoted(settingsProgram)}' $settings)
  printf '%s\\n' "$found"
  for line in $found; do
    IFS=' '; set -- $line; IFS=$nl
    case "$3" in client-certificate|tlsCertFile|tls-cert-file|cert-file|peer-cert-file|ETCD_CERT_FILE|ETCD_PEER_CERT_FILE)
      case "$4" in /*) look "$4";; esac;;
    esac
  done
fi
if [ -n "$present" ]; then
  stat -L -c '%Y %n' $present 2>/dev/null |
    while IFS=' ' read -r at path; do echo "modified $at \${path#"$root"}"; done
  readlink -f $present 2>/dev/null | {
    set -- $present
    while read -r target; do echo "resolved \${1#"$root"} \${target#"$root"}"; shift; done
  }
  awk -v skip=$skip '${shellQuoted(certificatesProgram)}' $present ||
    echo "trouble awk ended early: some files could not be read"
fi
echo "drydock-certificates end"`;

/** Awk inside single quotes: the programs must not hold any. */
function shellQuoted(program: string): string {
  return program.replaceAll("'", `'\\''`);
}
