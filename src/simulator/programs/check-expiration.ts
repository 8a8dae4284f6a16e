// kubeadm certs check-expiration: what the files say, and nothing about who uses them.

import { authorityRows, type LeafRow } from "../build/certificates.ts";
import { textAt } from "../files.ts";
import { clockOf } from "../model.ts";
import { clientPemOf } from "../nature/kubeconfig.ts";
import { validityOf } from "../x509.ts";
import { type Answer, type Call, said, takes } from "./call.ts";
import { columns } from "./columns.ts";
import { managementOf } from "./kubeadm-authority.ts";

const callMs = 300;

export async function checkExpiration(call: Call, rows: readonly LeafRow[]): Promise<Answer> {
  await takes(call, callMs);
  const { site, host } = call;
  const now = clockOf(site.model, host);
  const until = (pem: string) => {
    const at = validityOf(pem)?.notAfter ?? now;
    return [dateOf(at), residual(at - now)];
  };
  /** Its key is not on the node: who called this has seen that it is no error. */
  const managed = (authority: LeafRow["authority"]) =>
    managementOf(host, authority).kind === "external" ? "yes" : "no";
  const leaves = rows.map((row) => {
    const pem =
      row.kind === "pair" ? textAt(host, `${row.path}.crt`) : clientPemOf(textAt(host, row.path));
    if (pem === "") return [`!MISSING! ${row.name}`, "", "", "", ""];
    return [row.name, ...until(pem), row.authority, managed(row.authority)];
  });
  const authorities = authorityRows
    .filter((one) => rows.some(({ authority }) => authority === one.name))
    .map(({ name, path }) => {
      const pem = textAt(host, `${path}.crt`);
      return pem === "" ? [`!MISSING! ${name}`, "", "", ""] : [name, ...until(pem), managed(name)];
    });
  const [first, second] = [
    "CERTIFICATE|EXPIRES|RESIDUAL TIME|CERTIFICATE AUTHORITY|EXTERNALLY MANAGED",
    "CERTIFICATE AUTHORITY|EXPIRES|RESIDUAL TIME|EXTERNALLY MANAGED",
  ].map((headings) => headings.split("|"));
  return said(`${columns([first ?? [], ...leaves])}\n${columns([second ?? [], ...authorities])}`);
}

function dateOf(at: number): string {
  const [, , day, month, year, time] =
    /^(\w+), (\d+) (\w+) (\d+) (\d+:\d+)/.exec(new Date(at).toUTCString()) ?? [];
  return `${month} ${day}, ${year} ${time} UTC`;
}

/** As Kubernetes shortens a time: the largest unit only, rounded down. */
function residual(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  if (ms < 0) return "<invalid>";
  if (hours < 24) return `${hours}h`;
  return hours < 24 * 365 ? `${Math.floor(hours / 24)}d` : `${Math.floor(hours / 24 / 365)}y`;
}
