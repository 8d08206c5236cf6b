// @ts-check
/** What one fault took away, in milliseconds; from the probes of load.mjs. */
export function measure(inflicted, faults, load, servers) {
  const outages = inflicted.map(({ name, fromMs, throughMs, untilMs }) => {
    const within = (probes, server) =>
      probes.filter((each) => each.server === server && each.endMs >= fromMs && each.startMs <= untilMs);
    const of = servers.map(({ index }) => ({
      verdictsMs: Math.max(0, Math.round(backMs(within(load.verdicts, index)) - throughMs)),
      verdictsDownMs: downMs(within(load.verdicts, index), fromMs),
      revocationsMs: downMs(within(load.revocations, index), fromMs),
    }));
    return {
      ...{ name, isFailover: faults[name].isFailover },
      ...{ throughMs: Math.round(throughMs - fromMs), wholeMs: Math.round(untilMs - fromMs) },
      servers: of,
    };
  });
  return { outages, log: servers.map((server) => logOf(server)) };
}

/** When the first probe ended that was answered after the last that was not; 0: each was. */
function backMs(probes) {
  const lastFailed = probes.findLastIndex(({ ok }) => !ok);
  if (lastFailed < 0) return 0;
  return probes[lastFailed + 1]?.endMs ?? Infinity;
}

/** From `fromMs` until then. */
function downMs(probes, fromMs) {
  return Math.max(0, Math.round(backMs(probes) - fromMs));
}

/** Of the lines about the database: how many there are, and the most of them within one second. */
function logOf(server) {
  const lines = server.lines().filter(({ database }) => database === 'unavailable');
  const most = lines.reduce(
    (max, { time }) =>
      Math.max(max, lines.filter((each) => each.time >= time && each.time < time + 990).length),
    0,
  );
  const others = server.lines().filter(({ database }) => database !== 'unavailable');
  return {
    lines: lines.length,
    mostInASecond: most,
    leftOut: lines.reduce((sum, { left_out: leftOut = 0 }) => sum + leftOut, 0),
    stacks: lines.filter(({ stack }) => stack !== undefined).length,
    /** Of other lines: what they say, and how often. */
    said: Object.entries(Object.groupBy(others, ({ msg }) => String(msg))).map(([msg, all]) => [
      msg,
      all?.length,
    ]),
  };
}
