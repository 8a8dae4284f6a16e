// Which of the certificates in a kubeconfig is in use: the one of the user to whom its current
// context leads, as kubectl and kubeadm take it. Awk for the node: lines of block YAML, as kubectl
// and kubeadm write it.

/**
 * `forget()` before a file, `follow(line)` for each of its lines; then `chosen()` is the base64 of
 * one client-certificate-data, or empty. Where the text does not tell its user the first stands for
 * it. It holds no single quote, so that it may stand between two.
 */
export const kubeconfigUser = String.raw`
function forget() { section = current = ""; items = kept = dash = keys = 0 }
function scalar(text) {
  sub(/^[^:]*:[ \t]*/, "", text)
  if (text ~ /^["\047]/) { text = substr(text, 2); sub(/["\047].*$/, "", text) }
  else { sub(/[ \t]+#.*$/, "", text); sub(/[ \t]+$/, "", text) }
  return text ""
}
function follow(line,   at, rest) {
  if (line ~ /^current-context:/) current = scalar(line)
  if (line ~ /^[A-Za-z]/) {
    section = line ~ /^contexts:/ ? "c" : (line ~ /^users:/ ? "u" : ""); dash = 0
  }
  else if (section != "" && line !~ /^ *(#|$)/) {
    at = match(line, /[^ ]/)
    if (line ~ /^ *-( |$)/ && (dash == 0 || at == dash)) {
      dash = at; keys = inner = 0; items++; kinds[items] = section; names[items] = uses[items] = ""
      sub(/-/, " ", line); at = match(line, /[^ ]/)
    }
    if (keys == 0) keys = at
    if (inner == 0 && at > keys) inner = at
    if (at == keys && line ~ /^ *name:/) names[items] = scalar(line)
    if (at == inner && section == "c" && line ~ /^ *user:/) uses[items] = scalar(line)
  }
  while (match(line, /client-certificate-data["\047]?[ \t]*:[ \t]*["\047]?[A-Za-z0-9+\/=]+/)) {
    rest = substr(line, RSTART + RLENGTH); line = substr(line, RSTART, RLENGTH)
    sub(/^[^:]*:[ \t]*["\047]?/, "", line)
    kept++; owners[kept] = section == "u" ? items : 0; texts[kept] = line; line = rest
  }
}
function named(kind, name,   i) {
  for (i = 1; i <= items && name != ""; i++) if (kinds[i] == kind && names[i] == name) return i
  return 0
}
function chosen(   context, user, i) {
  context = named("c", current); user = context ? named("u", uses[context]) : 0
  for (i = 1; i <= kept; i++) if (!user || owners[i] == user) return texts[i]
  return ""
}`;
