import { expect, it } from "vitest";
import { cables } from "./network.ts";

it("takes away only the cables of its own nodes", () => {
  const brief = "vb-node1@if2     UP   c2:17:9d:61:a7:39 <UP>\neth7   UP  aa <UP>\n";
  expect(cables(brief)).toEqual(["vb-node1"]);
});
