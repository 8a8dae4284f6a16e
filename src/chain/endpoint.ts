// One REST endpoint of the chain: an answer is whole JSON within limits, or it says what is wrong
// with it.

import { type Reading, read, unreadable } from "../core/outcome.ts";
import { printable } from "../core/printable.ts";
import { within } from "./deadline.ts";

const answerBytesMax = 8 * 2 ** 20;

export interface Asked {
  /** As parseEndpoint gives it. */
  readonly endpoint: string;
  /** For one request. */
  readonly requestTimeoutMs: number;
  /** Ends everything that is asked of it. */
  readonly signal?: AbortSignal;
}

/** An HTTP status that is not 2xx, in a Reading of its own: some of them mean something. */
export type Got =
  | { readonly kind: "json"; readonly value: unknown }
  | { readonly kind: "status"; readonly status: number; readonly because: string }
  | { readonly kind: "trouble"; readonly because: string };

export async function getJson(asked: Asked, path: string): Promise<Got> {
  const where = `${asked.endpoint}: ${path.split("?")[0]}`;
  const limitMs = asked.requestTimeoutMs;
  const late: Got = { kind: "trouble", because: `${where}: no answer in ${limitMs / 1000} s` };
  return within({ limitMs, late, outer: asked.signal }, async (signal) => {
    try {
      return await exchanged(`${asked.endpoint}${path}`, where, signal);
    } catch (error) {
      return { kind: "trouble", because: `${where}: ${printable(said(error)).slice(0, 200)}` };
    }
  });
}

async function exchanged(url: string, where: string, signal: AbortSignal): Promise<Got> {
  const headers = { accept: "application/json" };
  const response = await fetch(url, { headers, redirect: "manual", signal });
  if (response.status >= 300 && response.status < 400) {
    await response.body?.cancel();
    return { kind: "trouble", because: `${where}: it sends elsewhere; give that address itself` };
  }
  const text = await limitedText(response);
  if (text === undefined) {
    return { kind: "trouble", because: `${where}: more than ${answerBytesMax / 2 ** 20} MiB` };
  }
  if (!response.ok) {
    const { status } = response;
    return { kind: "status", status, because: `${where}: HTTP ${status}` };
  }
  return parsed(text, where);
}

function parsed(text: string, where: string): Got {
  try {
    return { kind: "json", value: JSON.parse(text) };
  } catch {
    const what = /^\s*</.test(text) ? "a web page" : "something";
    return { kind: "trouble", because: `${where}: answers with ${what} that is not JSON` };
  }
}

async function limitedText(response: Response): Promise<string | undefined> {
  const { body } = response;
  if (body === null) return "";
  const parts: Uint8Array[] = [];
  let bytes = 0;
  const reader: ReadableStreamDefaultReader<Uint8Array> = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(parts).toString("utf8");
    bytes += value.byteLength;
    if (bytes > answerBytesMax) {
      await reader.cancel();
      return undefined;
    }
    parts.push(value);
  }
}

/** Node's fetch says only "fetch failed"; what failed is in its cause. */
function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ECONNREFUSED") return "connection refused";
  if (code === "ENOTFOUND") return "no such host";
  return cause instanceof Error ? cause.message || code || error.message : error.message;
}

/** An endpoint as people give it, one spelling for each; why not, when it is none. */
export function parseEndpoint(text: string): Reading<string> {
  const shown = printable(text);
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return unreadable(`"${shown}" is not an address such as https://api.akashnet.net`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return unreadable(`"${shown}" begins with neither https: nor http:`);
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    return unreadable("an endpoint may hold no user, password, query or fragment");
  }
  return read(`${url.origin}${url.pathname}`.replace(/\/+$/, ""));
}
