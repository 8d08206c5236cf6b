/** What a file may be to the page, as the reader sees it. */
export const FILE_KINDS = {
  export: 'export of the log',
  receipt: 'receipt of a revocation',
  proof: 'proof of an event (.tlog-proof)',
  event: 'event of the proof',
  anchor: 'anchor of a checkpoint',
  checkpoint: 'checkpoint kept from earlier',
  key: 'public key',
  policy: 'witness policy',
  unknown: 'unknown',
} as const;

export type FileKind = keyof typeof FILE_KINDS;

/** Enough to see what a file is. */
const HEAD_BYTES = 65_536;

/** What a file looks like. Only a first guess: what it is taken for is checked in full. */
export async function guessKind(file: File): Promise<FileKind> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  if (head[0] === 0x1f && head[1] === 0x8b) return 'export';
  const guessed = kindOfText(new TextDecoder().decode(head));
  return guessed === 'unknown' && /\.ndjson(\.gz)?$/i.test(file.name) ? 'export' : guessed;
}

function kindOfText(text: string): FileKind {
  if (text.startsWith('c2sp.org/tlog-proof@')) return 'proof';
  if (/^\s*[\w-]+\.[\w-]+\.[\w-]+\s*$/.test(text)) return 'receipt';
  if (/^\s*-----BEGIN PUBLIC KEY-----/.test(text) || /^\s*[^\s+]+\+[0-9a-f]{8}\+\S+\s*$/.test(text))
    return 'key';
  if (/^\s*\{/.test(text)) return kindOfJson(text);
  if (/\n\n— /.test(text)) return 'checkpoint';
  return /^quorum\s/m.test(text) ? 'policy' : 'unknown';
}

function kindOfJson(text: string): FileKind {
  const has = (member: string): boolean => text.includes(`"${member}"`);
  if (/^\s*\{\s*"rescind_export"/.test(text)) return 'export';
  if (has('rescind_anchor')) return 'anchor';
  return has('action') && has('sequence') ? 'event' : 'unknown';
}
