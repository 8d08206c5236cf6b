export const SUPPORTED_RANGE: string;
export function isSupported(version?: string, range?: string): boolean;
export function findSupportedNode(
  report: (line: string) => void,
  options?: { cache?: string; platform?: string },
): Promise<string>;
