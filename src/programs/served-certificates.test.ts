import { spawn } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseCertificate } from "../cluster/certificate.ts";
import type { Endpoint } from "../cluster/served.ts";
import type { Command } from "../core/command.ts";
import type { Outcome } from "../core/outcome.ts";
import { makePki, type Pki } from "./fake-node.testkit.ts";
import { parseServedCertificates, readServedCertificates } from "./served-certificates.ts";

let pki: Pki;
let pem: string;
const servers: Server[] = [];

beforeAll(() => {
  pki = makePki();
  pem = pki.leaf("kubernetes", "/CN=kube-apiserver");
});
afterAll(() => {
  for (const server of servers) server.close();
  pki.remove();
});

async function listen(server: Server): Promise<Endpoint> {
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { name: "kube-apiserver", address: `127.0.0.1:${port}` };
}

function serveTls(options: TlsOptions): Promise<Endpoint> {
  const key = readFileSync(join(pki.folder, "leaf.key"));
  return listen(createTlsServer({ key, cert: pem, ...options }, (socket) => socket.end()));
}

/** Not runHere: the servers live in this process, which must go on answering meanwhile. */
function run(command: Command, path = "/usr/sbin:/usr/bin:/sbin:/bin"): Promise<Outcome> {
  const [, ...words] = command.argv;
  const child = spawn("/bin/sh", words, {
    env: { PATH: path },
    stdio: ["ignore", "pipe", "ignore"],
  });
  let stdout = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  return new Promise((done) => {
    child.on("close", (code) => done({ kind: "exited", code: code ?? 1, stdout, stderr: "" }));
  });
}

async function ask(endpoints: readonly Endpoint[], path?: string) {
  const outcome = await run(readServedCertificates(endpoints, 1), path);
  return parseServedCertificates(outcome, endpoints).map((answer) => answer.seen);
}

describe("what a listener shows", () => {
  it("is its leaf certificate", async () => {
    const cert = `${pem}${pki.authority("kubernetes")}`;
    expect(await ask([await serveTls({ cert })])).toEqual([parseCertificate(pem)]);
  });

  it.each(["TLSv1.2", "TLSv1.3"] as const)(
    "is seen although the server ends a %s handshake for want of a client certificate",
    async (version) => {
      const endpoint = await serveTls({
        requestCert: true,
        rejectUnauthorized: true,
        ca: pki.authority("kubernetes"),
        minVersion: version,
        maxVersion: version,
      });
      expect(await ask([endpoint])).toEqual([parseCertificate(pem)]);
    },
  );

  it("is told in the order asked, whoever answers first, and one that hangs delays no other", async () => {
    const hangs = await listen(createServer(() => undefined));
    const speaksNoTls = await listen(
      createServer((socket) => socket.end("HTTP/1.1 400 Bad\r\n\r\n")),
    );
    const closed = await listen(createServer());
    await new Promise((done) => servers.pop()?.close(done));
    const answers = await ask([hangs, await serveTls({}), speaksNoTls, closed]);
    expect(answers).toEqual([
      { kind: "unreadable", because: "no answer within 1 s" },
      parseCertificate(pem),
      { kind: "unreadable", because: expect.stringMatching(/wrong version number|packet length/) },
      { kind: "unreadable", because: "connection refused" },
    ]);
  });
});

describe("what stands in the way is said", () => {
  const endpoint: Endpoint = { name: "kubelet", address: "127.0.0.1:1" };

  it("a node without openssl", async () => {
    const programs = mkdtempSync(join(tmpdir(), "drydock-bin-"));
    chmodSync(programs, 0o755);
    symlinkSync("/bin/cat", join(programs, "cat"));
    const answers = await ask([endpoint], programs);
    rmSync(programs, { recursive: true });
    expect(answers).toEqual([{ kind: "unreadable", because: "openssl is not installed" }]);
  });

  it("a connection that broke, and an answer cut short", () => {
    expect(parseServedCertificates({ kind: "not-sent", because: "no route" }, [endpoint])).toEqual([
      {
        endpoint,
        seen: { kind: "unreadable", because: "served certificates: not sent: no route" },
      },
    ]);
    const cut: Outcome = { kind: "exited", code: 0, stdout: "drydock-served 1\n", stderr: "" };
    expect(parseServedCertificates(cut, [endpoint])[0]?.seen.kind).toBe("unreadable");
  });
});
