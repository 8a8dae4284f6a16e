import { expect, test } from "vitest";
import { judgeCall } from "./call.ts";
import type { ChildRun } from "./child.ts";
import type { Via } from "./target.ts";

const target = { name: "node1", address: "10.0.0.1" };
const shared: Via = { kind: "shared", controlPath: "/run/c1" };
const own: Via = { kind: "own" };

function judge(via: Via, run: Partial<ChildRun>) {
  const command = { argv: ["true"], timeoutMs: 1000 } as const;
  const whole = { stdout: "", stderr: "", end: { kind: "exited", code: 255 } as const, ...run };
  return judgeCall({ target, command, call: 4, via }, whole);
}

const begin = "drydock-begin:4\n";
const end = "\ndrydock-end:4:0\n";
const away = "drydock-turned-away\nkex_exchange_identification: Connection closed by remote host";

test.each([
  [
    "an answer in both frames is whole, even if ssh then lost the connection",
    shared,
    begin + end,
    begin + end,
    "exited",
  ],
  ["an answer whose stdout was cut is unknown", shared, `${begin}half`, begin + end, "unknown"],
  ["an answer whose stderr was cut is unknown", shared, begin + end, begin, "unknown"],
  ["a command that began and gave no end is unknown", own, begin, begin, "unknown"],
  ["nothing at all, through the shared connection, is unknown", shared, "", "", "unknown"],
  ["nothing at all, over a connection of its own, is unknown", own, "", "", "unknown"],
  [
    "a shared connection that died with the request in it is unknown",
    shared,
    "",
    `mux_client_request_session: read from master failed: Broken pipe\n${away}`,
    "unknown",
  ],
  [
    "arguments that ssh does not take are not sent, through the shared connection",
    shared,
    "",
    "Cannot specify -J with ProxyCommand",
    "not-sent",
  ],
  [
    "a connection of its own that was refused is not sent",
    own,
    "",
    "ssh: connect to host 10.0.0.1 port 22: Connection refused",
    "not-sent",
  ],
  [
    "a connection of its own that ended for no known reason is unknown",
    own,
    "",
    "Connection reset by peer",
    "unknown",
  ],
] as const)("%s", (_, via, stdout, stderr, kind) => {
  expect(judge(via, { stdout, stderr })).toMatchObject({ kind: "outcome", outcome: { kind } });
});

test.each([
  ["and ssh says why", `Control socket connect(/run/c1): Connection refused\n${away}`],
  ["and ssh says nothing", "drydock-turned-away\n"],
])("a shared connection that is gone is opened anew, since nothing was sent, %s", (_, stderr) => {
  expect(judge(shared, { stderr })).toEqual({ kind: "connection-gone" });
});

test.each([
  ["and ssh turns away", `\n${away}`],
  ["and ssh says no more", "\r\n"],
])("a refused session is sent over a connection of its own, %s", (_, rest) => {
  const said = "mux_client_request_session: session request failed: Session open refused by peer";
  expect(judge(shared, { stderr: said + rest })).toEqual({ kind: "no-session" });
});

test("a login shell that ends without running anything is unknown, with its words", () => {
  const stdout = "This account is currently not available.";
  const sent = judge(shared, { stdout, stderr: stdout, end: { kind: "exited", code: 1 } });
  expect(sent).toMatchObject({ outcome: { kind: "unknown" } });
  expect(JSON.stringify(sent)).toContain("currently not available");
});

test("a timeout(1) without --verbose has begun nothing, and the host's coreutils are named", () => {
  const said = "timeout: unrecognized option '--verbose'\nTry 'timeout --help'\n";
  const ended = (code: number, stderr: string) =>
    judge(shared, {
      stdout: `${begin}\ndrydock-end:4:${code}\n`,
      stderr: `${begin}${stderr}\ndrydock-end:4:${code}\n`,
    });
  const because = expect.stringMatching(/^node1 .*coreutils 8\.29/);
  expect(ended(125, said)).toMatchObject({ outcome: { kind: "not-sent", because } });
  expect(ended(125, "its own 125")).toMatchObject({ outcome: { kind: "exited", code: 125 } });
  expect(ended(1, said)).toMatchObject({ outcome: { kind: "exited", code: 1 } });
});
