// `drydock certs`: every certificate of every node, beside what is actually served.

import { reportCertificates } from "../certificates-report.ts";
import { hostsByName, type Outside, type Where } from "./outside.ts";

export async function certsCommand(
  outside: Outside,
  where: Where,
  flags: { readonly json: boolean; readonly warn: number; readonly critical: number },
): Promise<number> {
  const cluster = await outside.openCluster(where, { connect: "none" });
  try {
    const hosts = hostsByName(cluster);
    const thresholds = { warnDays: flags.warn, criticalDays: flags.critical };
    const { clock, terminal } = outside;
    const report = await reportCertificates(hosts, cluster.certificates, thresholds, clock);
    if (flags.json) {
      const { certificatesJson } = await import("./views/certificates-json.ts");
      terminal.out(`${JSON.stringify(certificatesJson(report), undefined, 2)}\n`);
    } else {
      const { showCertificates } = await import("./views/certificates.ts");
      terminal.out(`${showCertificates(report).join("\n")}\n`);
    }
    return report.severity;
  } finally {
    await cluster.close();
  }
}
