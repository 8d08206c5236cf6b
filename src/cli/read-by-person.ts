/**
 * Whether what is written there is read by a person and kept by nobody: a terminal, unless it is that of a container, which
 * goes to the container's log as well. There this process, or what started it, is the first.
 */
export function isReadByPerson(
  { isTTY }: { isTTY: boolean },
  { pid, ppid }: { pid: number; ppid: number } = process,
): boolean {
  return isTTY && pid !== 1 && ppid !== 1;
}
