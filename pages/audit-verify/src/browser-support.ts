/** A key and its signature of nothing: RFC 8032 §7.1, test 1. */
const KEY = 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a';
const SIGNATURE =
  'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b';

/** Why this browser cannot verify; null: it can, as a signature shows that is known to be good. */
export async function whyUnsupported(): Promise<string | null> {
  if (!window.isSecureContext)
    return 'the browser verifies signatures only on a page from https, from localhost, or from a file of yours';
  try {
    const key = await crypto.subtle.importKey('raw', bytesOf(KEY), 'Ed25519', false, ['verify']);
    if (await crypto.subtle.verify('Ed25519', key, bytesOf(SIGNATURE), new Uint8Array())) return null;
  } catch {
    // Said below.
  }
  return 'this browser does not know Ed25519 signatures: use a later one, or npx rescind audit verify';
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}
