export const SETTINGS_CHANGED: {
  name: string;
  value: string;
  where: string[];
  why: string;
  always?: boolean;
}[];

export function settingsFor(where: string): Record<string, string>;
export function changed(name: string): Record<string, string>;
export function settingsTable(wheres: readonly string[]): string;
