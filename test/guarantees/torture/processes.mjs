// @ts-check
import { readFileSync } from 'node:fs';

/** @returns {number[]} none when there is no such process */
export function childrenOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** @param {number} pid a process, or a group when negative */
export function signalIfThere(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It was faster.
  }
}

/** True also when it has gone: either way it does nothing. */
export function isStopped(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return /^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return true;
  }
}
