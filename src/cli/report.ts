/** Says on standard error what is going on, for the person who started it; standard output is for the log. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
