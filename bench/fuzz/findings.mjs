// @ts-check
/** Collects findings; like ones (the same operation, the same words) are shown once, with how often they came. */
export function curlFindings(seed) {
  const kinds = new Map();
  let total = 0;

  /** @param {{ operation: string, fault: string, index?: number, actor?: string, curl?: string }} finding */
  function add(finding) {
    total += 1;
    const kind = `${finding.operation} ${finding.fault.replaceAll(/[0-9a-f-]{12,}|\d+/gi, '#').slice(0, 70)}`;
    const known = kinds.get(kind);
    if (known) known.times += 1;
    else kinds.set(kind, { ...finding, times: 1 });
  }

  function print() {
    for (const { operation, fault, index, actor, curl, times } of [...kinds.values()].sort(
      (a, b) => b.times - a.times,
    )) {
      console.log(
        `\n${operation} (${times} times${index === undefined ? '' : `; seed ${seed}, request ${index}, as ${actor}`})\n  ${fault}`,
      );
      if (curl) console.log(`  ${curl}`);
    }
  }

  return { add, print, count: () => total };
}
