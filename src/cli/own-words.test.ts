import { expect, test } from "vitest";
import { ownWords, withCommandApart } from "./own-words.ts";

test.each([
  ["hold -i ref.ini | ansible-playbook -i other.ini up.yml"],
  ["hold --simulated | helm upgrade x --version 1 --json"],
  ["hold --json --simulated expired | kubectl drain node1 -h"],
  ["hold --simulated --json | kubectl drain node1 -h"],
  ["hold --simulated=expired | kubectl drain node1 -h"],
  ["hold --settle 5 --skip workloads --inventory=a.ini | sh -c x --fresh"],
  ["hold -ia.ini --no-chain | ls -- --json"],
  ["hold --no-such-option | ls"],
  ["hold -i --json | ls"],
])("%s: what stands before the bar is ours", (line) => {
  const [own = "", command = ""] = line.split(" | ").map((words) => words.split(" "));
  expect(ownWords([...own, ...command])).toEqual(own);
  expect(withCommandApart([...own, ...command])).toEqual([...own, "--", ...command]);
});

test.each([
  ["hold -i a.ini -- ls -- --json", 3],
  ["hold --simulated -- helm --version", 2],
  ["hold --simulated expird -- ls", 3],
  ["hold --simulated", 2],
  ["hold", 1],
  ["hold -h", 2],
  ["plan --json -i a.ini", 4],
])("%s stays as it is: %d words are ours", (line, count) => {
  const words = line.split(" ");
  expect(ownWords(words)).toHaveLength(count);
  expect(withCommandApart(words)).toEqual(words);
});
