export interface Source {
  command?: string;
  commit?: string;
  node?: string;
  day?: string;
  folders: string[];
}

export function figuresWithoutSource(text: string): string[];
export function sourcesOf(text: string): Source[];
export function sourceOfResult(text: string): Source;
export function sourceOfProof(text: string): Source;
export function faultsOf(source: Source): string[];
