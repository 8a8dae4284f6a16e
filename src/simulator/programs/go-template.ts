// Go's text/template, as far as kubectl's `-o go-template` is used here; read from Go's manual
// (https://pkg.go.dev/text/template). What it does not know it refuses instead of guessing.

type Value = unknown;
type Print = (value: Value) => string;

/** Parses once, then prints as often as there are objects. */
export function goTemplate(text: string): Print {
  const tokens = text.split(/(\{\{.*?\}\})/s).filter((one) => one !== "");
  const reader = { tokens, at: 0 };
  const { body, ended } = parseBlock(reader);
  if (ended !== "") throw new Error(`the simulator's template has a stray {{${ended}}}`);
  return (value) => {
    const out: string[] = [];
    run(body, { dot: value, variables: new Map([["$", value]]) }, out);
    return out.join("");
  };
}

type Part =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "print"; readonly of: Expression }
  | { readonly kind: "set"; readonly name: string; readonly of: Expression }
  | {
      readonly kind: "if" | "with" | "range";
      readonly names: readonly string[];
      readonly of: Expression;
      readonly inside: readonly Part[];
      readonly otherwise: readonly Part[];
    };

type Expression =
  | { readonly kind: "constant"; readonly value: Value }
  | { readonly kind: "path"; readonly from: string; readonly fields: readonly string[] }
  | { readonly kind: "call"; readonly name: string; readonly words: readonly Expression[] };

interface Scope {
  readonly dot: Value;
  readonly variables: ReadonlyMap<string, Value>;
}

function parseBlock(reader: { readonly tokens: readonly string[]; at: number }): {
  readonly body: readonly Part[];
  readonly ended: string;
} {
  const body: Part[] = [];
  while (reader.at < reader.tokens.length) {
    const token = reader.tokens[reader.at++] ?? "";
    if (!token.startsWith("{{")) {
      body.push({ kind: "text", text: token });
      continue;
    }
    const action = token.slice(2, -2).trim();
    const [word = ""] = action.split(" ");
    if (word === "end" || word === "else") return { body, ended: action };
    body.push(parseAction(action, word, reader));
  }
  return { body, ended: "" };
}

function parseAction(action: string, word: string, reader: Parameters<typeof parseBlock>[0]): Part {
  if (word !== "if" && word !== "with" && word !== "range") {
    const [, name, rest] = /^(\$\w*)\s*:=\s*(.*)$/s.exec(action) ?? [];
    if (name !== undefined && rest !== undefined) {
      return { kind: "set", name, of: parseExpression(rest) };
    }
    return { kind: "print", of: parseExpression(action) };
  }
  const [, names = "", rest = ""] =
    /^(?:(\$\w+(?:\s*,\s*\$\w+)?)\s*:=\s*)?(.*)$/s.exec(action.slice(word.length).trim()) ?? [];
  const { body, ended } = parseBlock(reader);
  const branch = {
    kind: word,
    names: names.split(",").flatMap((name) => name.trim() || []),
    of: parseExpression(rest),
    inside: body,
  } as const;
  if (ended === "end") return { ...branch, otherwise: [] };
  if (ended.startsWith("else ")) {
    const chained = ended.slice("else ".length).trim();
    const [next = ""] = chained.split(" ");
    // One {{end}} ends the whole chain.
    return { ...branch, otherwise: [parseAction(chained, next, reader)] };
  }
  return { ...branch, otherwise: parseBlock(reader).body };
}

function parseExpression(text: string): Expression {
  const words = text.match(/"(?:[^"\\]|\\.)*"|[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const operand = (): Expression => {
    const word = words[at++] ?? "";
    if (word !== "(") return atom(word);
    const inside = sequence();
    at += 1;
    return inside;
  };
  const sequence = (): Expression => {
    const first = words[at] ?? "";
    if (!/^[a-z]\w*$/.test(first)) return operand();
    at += 1;
    const given: Expression[] = [];
    while (at < words.length && words[at] !== ")") given.push(operand());
    return { kind: "call", name: first, words: given };
  };
  return sequence();
}

function atom(word: string): Expression {
  if (word.startsWith('"')) return { kind: "constant", value: JSON.parse(word) };
  if (/^\d+$/.test(word)) return { kind: "constant", value: Number(word) };
  const [from = "", ...fields] = word.split(".");
  if (word === ".") return { kind: "path", from: ".", fields: [] };
  return { kind: "path", from: from === "" ? "." : from, fields };
}

function run(parts: readonly Part[], scope: Scope, out: string[]): void {
  let { variables } = scope;
  const { dot } = scope;
  for (const part of parts) {
    if (part.kind === "text") out.push(part.text);
    else if (part.kind === "set") {
      variables = new Map(variables).set(part.name, evaluate(part.of, { dot, variables }));
    } else if (part.kind === "print") {
      const value = evaluate(part.of, { dot, variables });
      out.push(value === undefined || value === null ? "<no value>" : String(value));
    } else branch(part, { dot, variables }, out);
  }
}

function branch(
  part: Extract<Part, { readonly of: Expression; readonly inside: readonly Part[] }>,
  scope: Scope,
  out: string[],
): void {
  const value = evaluate(part.of, scope);
  if (!isTrue(value)) {
    run(part.otherwise, scope, out);
    return;
  }
  if (part.kind === "if") run(part.inside, scope, out);
  else if (part.kind === "with") run(part.inside, { ...scope, dot: value }, out);
  else {
    for (const [key, item] of itemsOf(value)) {
      const bound = part.names.length < 2 ? [item] : [key, item];
      const named = part.names.map((name, index) => [name, bound[index]] as const);
      const variables =
        named.length === 0 ? scope.variables : new Map([...scope.variables, ...named]);
      run(part.inside, { dot: item, variables }, out);
    }
  }
}

/** Maps are gone through in the order of their keys. */
function itemsOf(value: Value): readonly (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((item, index) => [index, item] as const);
  if (typeof value !== "object" || value === null) throw new Error("range over something else");
  return Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
}

function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function evaluate(expression: Expression, scope: Scope): Value {
  if (expression.kind === "constant") return expression.value;
  if (expression.kind === "path") {
    const { from, fields } = expression;
    let value = from === "." ? scope.dot : scope.variables.get(from);
    for (const field of fields) value = fieldOf(value, field);
    return value;
  }
  const words = expression.words.map((word) => evaluate(word, scope));
  const [first, ...rest] = words;
  switch (expression.name) {
    case "urlquery":
      return urlquery(first);
    case "index":
      if (first === undefined || first === null) throw new Error("index of untyped nil");
      return rest.reduce((value, key) => fieldOf(value, String(key)), first);
    case "eq":
      return rest.includes(first);
    default:
      throw new Error(`the simulator's template does not know ${expression.name}`);
  }
}

function fieldOf(value: Value, name: string): Value {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as Readonly<Record<string, Value>>)[name];
}

/** net/url.QueryEscape: all but letters, digits and -_.~, a blank as a plus sign. */
function urlquery(value: Value): string {
  const text = value === undefined || value === null ? "<no value>" : String(value);
  return encodeURIComponent(text)
    .replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+");
}
