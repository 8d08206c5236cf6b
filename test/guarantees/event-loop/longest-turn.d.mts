export function monitoredBy(portFile: string): Record<'NODE_OPTIONS' | 'EVENT_LOOP_PORT_FILE', string>;
export function longestTurnMs(portFile: string): Promise<number>;
export function heldMsBy(
  portFile: string,
  measured: {
    work: () => Promise<unknown>;
    prepare?: () => Promise<unknown>;
    limitMs: number;
    tries: number;
  },
): Promise<number>;
