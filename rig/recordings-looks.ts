/**
 * Drydock's own looks at a node, each one script that asks several programs: a copy of them here
 * would be read by nobody, so they are taken from src/programs.
 */
import type { Endpoint } from "../src/cluster/served.ts";
import { readCertificateFiles } from "../src/programs/certificate-files.ts";
import { readHostBasics } from "../src/programs/host-basics.ts";
import { readServedCertificates } from "../src/programs/served-certificates.ts";
import { createArchive, inspectArchive } from "../src/programs/tar.ts";
import type { Recording } from "./recordings.ts";
import { shellLine } from "./shell-line.ts";

const archive = "/run/drydock-recording/node1.tar.gz";
const mustHold = ["etc/kubernetes/ssl/apiserver.crt"];

/** A test asks the parser for the same. */
export const recordedEndpoints: readonly Endpoint[] = [
  { name: "kube-apiserver", address: "127.0.0.1:6443" },
  { name: "kubelet", address: "127.0.0.1:10250" },
  { name: "etcd", address: "127.0.0.1:16443" },
];

export const lookRecordings: readonly Recording[] = [
  {
    program: "openssl",
    name: "certificates-of-a-node",
    state: "what `drydock certs` reads of a control plane node, everything healthy",
    argv: readCertificateFiles().argv,
  },
  {
    program: "openssl",
    name: "served-certificates",
    state: "two listeners that show a certificate, and an address where nothing listens",
    argv: readServedCertificates(recordedEndpoints).argv,
  },
  {
    program: "df",
    name: "host-basics",
    state: "what a survey reads of a control plane node, everything healthy",
    argv: readHostBasics.argv,
  },
  {
    program: "tar",
    name: "archive-status",
    state: "an archive that was just made",
    argv: inspectArchive(archive).argv,
    before: { node: "node1", script: shellLine(createArchive(archive, mustHold).argv, {}) },
    after: { node: "node1", script: "rm -r /run/drydock-recording" },
  },
  {
    program: "tar",
    name: "archive-status-damaged",
    state: "an archive of which the second half is missing",
    argv: inspectArchive(archive).argv,
    before: {
      node: "node1",
      script: `${shellLine(createArchive(archive, mustHold).argv, {})} && truncate -s 5000 ${archive}`,
    },
    after: { node: "node1", script: "rm -r /run/drydock-recording" },
  },
];
