import { expect, test } from "vitest";
import { age } from "./kubectl-table.ts";

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;
const year = 365 * day;

test.each([
  [0, "0s"],
  [119, "119s"],
  [2 * minute, "2m"],
  [9 * minute + 59, "9m59s"],
  [10 * minute + 59, "10m"],
  [179 * minute, "179m"],
  [3 * hour, "3h"],
  [3 * hour + 5 * minute, "3h5m"],
  [8 * hour + 5 * minute, "8h"],
  [47 * hour, "47h"],
  [2 * day + hour, "2d1h"],
  [8 * day + hour, "8d"],
  [729 * day, "729d"],
  [2 * year + 3 * day, "2y3d"],
  [8 * year + 3 * day, "8y"],
])("an object of %i s is told to be %s old", (seconds, told) => {
  expect(age(seconds * 1000 + 999)).toBe(told);
});
