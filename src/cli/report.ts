/** Prints a message on standard error, for the person who started the program; standard output is for the log. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
