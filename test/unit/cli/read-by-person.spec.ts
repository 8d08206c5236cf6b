import { expect, it } from '@jest/globals';
import { isReadByPerson } from '../../../src/cli/http-process.js';

it.each([
  ['a terminal', true, 4711, 4700, true],
  ['a file or a pipe', false, 4711, 4700, false],
  ['a file or a pipe of a container', false, 1, 0, false],
  ['the terminal of a container', true, 1, 0, false],
  ['the terminal of a container with an init, or with workers', true, 7, 1, false],
])('%s: %s', (_what, isTTY, pid, ppid, isRead) => {
  expect(isReadByPerson({ isTTY }, { pid, ppid })).toBe(isRead);
});
