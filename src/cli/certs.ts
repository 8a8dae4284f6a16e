// `drydock certs`: every certificate of every node, beside what is actually served.

import { reportCertificates } from "../certificates-report.ts";
import { Failure } from "./exit.ts";
import { endUnreached, hostsByName, type Outside, type Where } from "./outside.ts";
import { jsonDocument } from "./views/json.ts";

export async function certsCommand(
  outside: Outside,
  where: Where,
  flags: { readonly json: boolean; readonly warn: number; readonly critical: number },
): Promise<number> {
  if (flags.critical > flags.warn) {
    throw new Failure(
      "usage",
      `--critical ${flags.critical} is more than --warn ${flags.warn}: nothing would ever be only a warning`,
      "Give --warn more days than --critical. Nothing was contacted.",
    );
  }
  const cluster = await outside.openCluster(where, { connect: "none" });
  try {
    const hosts = hostsByName(cluster);
    const thresholds = { warnDays: flags.warn, criticalDays: flags.critical };
    const { clock, terminal } = outside;
    const remedyOf = (name: string) =>
      cluster.hosts.find(({ host }) => host.name === name)?.trouble?.()?.remedy;
    const asking = { clock, remedyOf };
    const report = await reportCertificates(hosts, cluster.certificates, thresholds, asking);
    if (flags.json) {
      const { certificatesJson } = await import("./views/certificates-json.ts");
      terminal.out(jsonDocument(certificatesJson(report)));
    } else {
      const { showCertificates } = await import("./views/certificates.ts");
      terminal.out(`${showCertificates(report).join("\n")}\n`);
    }
    const isReached = report.nodes.some(({ kind }) => kind === "read");
    return isReached ? report.severity : endUnreached(outside, cluster);
  } finally {
    await cluster.close();
  }
}
