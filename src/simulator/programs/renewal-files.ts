// Whether each key is its certificate's, as openssl compares their public halves; and df of a
// folder.

import { freeBytesFor, textAt } from "../files.ts";
import { isPair } from "../x509.ts";
import { type Answer, type Call, failed, said, takes } from "./call.ts";

export async function renewalFiles(call: Call): Promise<Answer> {
  await takes(call, 60);
  const { host } = call;
  if (!host.programs.has("openssl")) return failed(127, "openssl is not installed");
  const [folder = "", ...pairs] = call.argv.slice(4);
  const lines = pairs.map((path) => {
    const fits = isPair(textAt(host, `${path}.crt`), textAt(host, `${path}.key`));
    return `${fits ? "fits" : "differs"} ${path}\n`;
  });
  const kibibytes = Math.floor(freeBytesFor(host, folder) / 1024);
  return said(`free ${kibibytes}\n${lines.join("")}`);
}
