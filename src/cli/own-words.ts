// Where the words of ours end, and those of the operator's command begin:
// `drydock hold -i FILE COMMAND…`.

import { isNamed, scenarios } from "./simulated-names.ts";
import { onHold } from "./window-commands.ts";

/**
 * All words, but for `hold` those before `--`, or before the first that is no option and no
 * option's value.
 */
export function ownWords(argv: readonly string[]): readonly string[] {
  if (argv[0] !== "hold") {
    const end = argv.indexOf("--");
    return end < 0 ? argv : argv.slice(0, end);
  }
  const { options } = onHold();
  let at = 1;
  for (let word = argv[at]; word !== undefined && isOption(word); word = argv[at]) {
    const option = options.find(({ short, long }) => word === short || word === long);
    const takesNext = option?.required === true || (option?.optional === true && names(argv, at));
    at += takesNext ? 2 : 1;
  }
  return argv.slice(0, at);
}

/**
 * With `--` before the operator's command, which commander would look for our options in otherwise.
 */
export function withCommandApart(argv: readonly string[]): readonly string[] {
  const own = ownWords(argv);
  const command = argv.slice(own.length);
  return command.length === 0 || command[0] === "--" ? argv : [...own, "--", ...command];
}

function isOption(word: string): boolean {
  return /^-./.test(word) && word !== "--";
}

/**
 * Whether a scenario follows `--simulated`, if only a misspelt one; any other word begins the
 * command.
 */
function names(argv: readonly string[], at: number): boolean {
  const next = argv[at + 1];
  return next !== undefined && next !== "--" && (isNamed(scenarios, next) || argv[at + 2] === "--");
}
