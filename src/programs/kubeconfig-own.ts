// root's kubeconfig with the certificate and key of admin.conf, and whatever else root has set in
// it: a namespace, a load balancer. Awk for the node: lines of block YAML, as kubeadm and
// `kubectl config` write it.

/**
 * Reads admin.conf, then root's. Prints root's text with both values of admin.conf, or ends with 3
 * where either has not exactly one of each, in two lines that follow each other. With `tell` set it
 * prints, and no value among it, `same|other|untold` (the key), `own|whole`, and in what else
 * root's differs. It holds no single quote, so that it may stand between two.
 */
export const ownKubeconfig = String.raw`
function indent(line) { match(line, /^ */); return RLENGTH }
function take(kind,   data, rest) {
  data = "[A-Za-z0-9+/=]+"
  if ($0 !~ "^ *[\"\047]?client-" kind "-data[\"\047]?[ \t]*:[ \t]+(" data "|\"" data "\"|\047" data "\047)[ \t]*([ \t]#.*)?\r?$") return 0
  match($0, /:[ \t]+["\047]?/); rest = substr($0, RSTART + RLENGTH)
  head[file, kind] = substr($0, 1, RSTART + RLENGTH - 1)
  match(rest, data)
  value[file, kind] = substr(rest, 1, RLENGTH); tail[file, kind] = substr(rest, RLENGTH + 1)
  at[file, kind] = last[file] = FNR; depth[file, kind] = deep[file] = indent($0)
  return 1
}
# Two lines that follow each other, as far in, are of one user; a value may not go on below them.
function simple(file,   apart) {
  apart = at[file, "certificate"] - at[file, "key"]
  return mentions[file] == 2 && at[file, "certificate"] && at[file, "key"] && apart * apart == 1 &&
    depth[file, "certificate"] == depth[file, "key"] && !goesOn[file]
}
FNR == 1 { file++ }
{
  rest = $0; mentions[file] += gsub(/client-(certificate|key)-data/, "", rest)
  if (last[file] && FNR == last[file] + 1 && /[^ \t\r]/ && indent($0) > deep[file]) goesOn[file] = 1
  if (file == 2) lines[FNR] = $0
  all[file] = all[file] $0 "\n"
  if (take("certificate") || take("key")) next
  sub(/[ \t\r]+$/, "")
  if (/^[ -]*namespace:/) spaces[file] = spaces[file] $0 "\n"
  else if (/^[ -]*server:/) servers[file] = servers[file] $0 "\n"
  else if (!/^preferences:/) more[file] = more[file] $0 "\n"
}
END {
  fits = file == 2 && simple(1) && simple(2)
  if (!fits && !tell) exit 3
  if (tell) {
    alike = file == 2 && all[1] == all[2]
    if (!fits) { print alike ? "same own" : "untold whole"; exit }
    said = (value[1, "key"] == value[2, "key"] ? "same" : "other") " own"
    if (spaces[1] != spaces[2]) said = said " namespace"
    if (servers[1] != servers[2]) said = said " server"
    if (more[1] != more[2]) said = said " more"
    print said; exit
  }
  for (i = 1; i in lines; i++) {
    for (which = 1; which <= 2; which++) {
      kind = which == 1 ? "certificate" : "key"
      if (i == at[2, kind]) lines[i] = head[2, kind] value[1, kind] tail[2, kind]
    }
    print lines[i]
  }
}`;
