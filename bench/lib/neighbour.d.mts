export interface Seen {
  verifyMs: number[];
  revokeMs: number[];
  refused: Record<string, number>;
}

export interface Neighbour {
  call(tokenIds: readonly string[], verificationsEach: number): Promise<Seen>;
  callCold(
    secrets: readonly string[],
    administrators: readonly { id: string; secret: string }[],
  ): Promise<Seen>;
  close(): void;
}

export function neighbour(
  url: string,
  caller: { business: string; secret: string },
  asked: string,
): Neighbour;
