// What two answers of a program have in common, whatever their values: fields of JSON, forms of
// lines.

/**
 * Names that people choose, not the program; and what tenants keep secret, which the rig's have
 * not.
 */
const freeNames = /\.(labels|annotations|matchLabels)\.|\.services\[\]\.(env|credentials)$/;

/** `path: type` of everything in a JSON text; the elements of a list are one. */
function shapeOf(text: string): ReadonlySet<string> {
  const shape = new Set<string>();
  const add = (value: unknown, path: string): void => {
    const isList = Array.isArray(value);
    shape.add(`${path}: ${isList ? "list" : typeof value}`);
    if (isList) for (const one of value) add(one, `${path}[]`);
    else if (typeof value === "object" && value !== null) {
      for (const [name, one] of Object.entries(value)) {
        if (!freeNames.test(`${path}.${name}`)) add(one, `${path}.${name}`);
      }
    }
  };
  add(JSON.parse(text), "");
  return shape;
}

/** What the simulated answer has, and the recorded one has not. */
export function invented(simulated: string, recorded: string): readonly string[] {
  const known = shapeOf(recorded);
  return [...shapeOf(simulated)].filter((one) => !known.has(one));
}

/**
 * The lines of a template, each with its first word where it is a kind, and what the others are.
 */
export function lineShapes(text: string): ReadonlySet<string> {
  const kinds = /^(Deployment|StatefulSet|Pod|PersistentVolumeClaim|set|image|env|data)$/;
  const shape = (word: string) => (word === "" ? "-" : /^\d+$/.test(word) ? "number" : "word");
  return new Set(
    text
      .split("\n")
      .map((line) => line.split(" "))
      .map(([first = "", ...words]) =>
        [kinds.test(first) ? first : shape(first), ...words.map(shape)].join(" "),
      ),
  );
}

/** JSON, JSON after one line of its own, or lines whose plain words stay as they are. */
export function answerShape(text: string): ReadonlySet<string> {
  const trimmed = text.trim();
  const body = /^[[{]/.test(trimmed) ? trimmed : trimmed.slice(trimmed.indexOf("\n") + 1);
  if (/^[[{]/.test(body)) return shapeOf(body);
  const shapes = text.split("\n").map((line) => line.split(" ").map(wordShape).join(" "));
  // How many lines a certificate has follows from its key.
  return new Set(shapes.map((line) => line.replace(/base64( (base64|\*))+/g, "base64")));
}

function wordShape(word: string): string {
  if (/^-?\d+(\.\d+)?$/.test(word)) return "#";
  if (/^[A-Za-z0-9+/=]{40,}$/.test(word) || /^[A-Za-z0-9+/]+={1,2}$/.test(word)) return "base64";
  // Names with numbers in them are values; so are texts longer than any word of a program.
  return /^[A-Za-z.:,/_=-]+$/.test(word) && word.length < 24 ? word : "*";
}
