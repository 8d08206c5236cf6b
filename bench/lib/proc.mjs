// @ts-check
import { readFileSync, readdirSync } from 'node:fs';

/** Clock ticks a second in /proc: 100 on every Linux that Node runs on. */
const TICKS = 100;

function statOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return {
    parent: Number(fields[1]),
    ticks: [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0),
  };
}

/** `pid` and all its descendants. */
export function processTree(pid) {
  const parents = new Map();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      parents.set(Number(entry), statOf(entry).parent);
    } catch {
      // Ended while we looked.
    }
  }
  const tree = [pid];
  for (const member of tree) for (const [child, parent] of parents) if (parent === member) tree.push(child);
  return tree;
}

/** Processor seconds, user and system, of these processes and of those that they have waited for, so far; NaN where there is no /proc. */
export function cpuSeconds(pids) {
  try {
    return pids.reduce((sum, pid) => sum + statOf(pid).ticks / TICKS, 0);
  } catch {
    return NaN;
  }
}

/** Of one process; NaN where there is no /proc. */
function residentBytes(pid) {
  try {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
  } catch {
    return NaN;
  }
}

/** Resident bytes of `pid` and all its descendants. */
export const residentBytesOfTree = (pid) =>
  processTree(pid).reduce((sum, each) => sum + residentBytes(each), 0);

export function openHandles(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).length;
  } catch {
    return NaN;
  }
}
