// The option that lets Ansible read what Drydock does not: to be pasted as it stands.

import { quote } from "../core/command.ts";

/** `--inventory-cmd 'ansible-inventory -i inventory.ini --list'` */
export function inventoryOption(path: string): string {
  return `--inventory-cmd ${quote(`ansible-inventory -i ${quote(path)} --list`)}`;
}
