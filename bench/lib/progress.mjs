// @ts-check
const WIDTH = 40;

/** A bar on a terminal; elsewhere a line for each tenth. */
export function progressBar(stream = process.stderr) {
  let shown = '';
  return (name, done, whole) => {
    const share = whole === 0 ? 1 : done / whole;
    const filled = Math.floor(share * WIDTH);
    const bar = `${name.padEnd(8)} [${'#'.repeat(filled)}${' '.repeat(WIDTH - filled)}] ${done.toLocaleString('en-US')} of ${whole.toLocaleString('en-US')}`;
    if (stream.isTTY) stream.write(`\r${bar}${done === whole ? '\n' : ''}`);
    else {
      const tenth = `${name} ${Math.floor(share * 10) * 10}%`;
      if (tenth !== shown) stream.write(`${bar}\n`);
      shown = tenth;
    }
  };
}
