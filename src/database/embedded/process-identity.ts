import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process, identified so that a later one with the same process id is not taken for it. */
export interface ProcessIdentity {
  pid: number;
  /** Opaque; differs between two processes that had the same id one after the other, and between boots. */
  startedAt: string;
}

/** The identity of a process that runs now; null when there is none, or only a zombie. */
export function findProcess(pid: number): ProcessIdentity | null {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === null ? null : { pid, startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return findProcess(identity.pid)?.startedAt === identity.startedAt;
}

/** The command line of a live process, arguments separated by one space; null when there is none. */
export function findCommandLine(pid: number): string | null {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  const line = read(`/proc/${pid}/cmdline`);
  return line ? line.replaceAll('\0', ' ').trim() : null;
}

/** proc(5): field 3 is the state, field 22 the start in clock ticks since boot; the name may hold spaces and brackets. */
function startOnLinux(pid: number): string | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // In a container without an init process nobody reaps an orphan: a zombie holds no resources and counts as ended.
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${fields[19]}`;
}

function startByPs(pid: number): string | null {
  if (ps(pid, 'state=')?.startsWith('Z')) return null;
  return ps(pid, 'lstart=');
}

function ps(pid: number, column: string): string | null {
  try {
    const args = ['-o', column, '-p', String(pid)];
    return execFileSync('ps', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim() || null;
  } catch {
    return null;
  }
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
