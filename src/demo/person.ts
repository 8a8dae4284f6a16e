// Who watches: where it is shown, and whether Ctrl-C was pressed.

import type { Terminal } from "../cli/outside.ts";

export interface Person {
  readonly terminal: Terminal;
  readonly interrupted: () => boolean;
}
