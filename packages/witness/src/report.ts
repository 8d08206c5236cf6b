/** Prints a message on standard error, for the person who started the program. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
