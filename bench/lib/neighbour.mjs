// @ts-check
import http from 'node:http';
import { assertLoopback } from './loopback.mjs';

/**
 * One caller of a tenant that does nothing out of the ordinary: verifies one token again and again, and revokes others.
 * @param {string} url
 * @param {{business: string, secret: string}} caller an administrator
 * @param {string} asked the secret that is verified
 */
export function neighbour(url, caller, asked) {
  const { hostname, port } = new URL(assertLoopback(url));
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const headers = { 'x-business-id': caller.business, 'content-type': 'application/json' };

  function timed(path, content, secret = caller.secret) {
    const authorization = `Bearer ${secret}`;
    const body = JSON.stringify(content);
    const startMs = performance.now();
    return new Promise((resolve, reject) => {
      const call = http.request(
        { agent, hostname, port, method: 'POST', path, headers: { ...headers, authorization, 'content-length': Buffer.byteLength(body) } }, // prettier-ignore
        (response) => {
          let text = '';
          response
            .setEncoding('utf8')
            .on('data', (chunk) => (text += chunk))
            .on('error', reject)
            .on('end', () => resolve({ status: response.statusCode, text, tookMs: performance.now() - startMs })); // prettier-ignore
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  }

  /**
   * For each of the tokens: so many verifications, and its revocation.
   * @returns how long each took, and how many were answered otherwise, by what was asked, the status and the code
   */
  async function call(tokenIds, verificationsEach) {
    const { seen, note } = notes();
    for (const id of tokenIds) {
      for (let count = 0; count < verificationsEach; count++)
        note('verify', 200, await timed('/api/v1/tokens/verify', { token: asked }));
      note('revoke', 201, await timed(`/api/v1/tokens/${id}/revoke`, { reason: 'measured' }));
    }
    return seen;
  }

  /**
   * Verifies each of the tokens, which no memory has, and has each of the administrators revoke itself, whom none has either.
   * @param {string[]} secrets
   * @param {{ id: string, secret: string }[]} administrators
   */
  async function callCold(secrets, administrators) {
    const { seen, note } = notes();
    const each = secrets.length / administrators.length;
    for (const [index, { id, secret }] of administrators.entries()) {
      for (const token of secrets.slice(index * each, (index + 1) * each))
        note('verify', 200, await timed('/api/v1/tokens/verify', { token }));
      note('revoke', 201, await timed(`/api/v1/tokens/${id}/revoke`, { reason: 'measured' }, secret));
    }
    return seen;
  }

  return { call, callCold, close: () => agent.destroy() };
}

function notes() {
  const seen = { verifyMs: [], revokeMs: [], refused: {} };
  const note = (what, expected, { status, text, tookMs }) => {
    if (status === expected) return void seen[`${what}Ms`].push(tookMs);
    const refusal = `${what} ${status} ${codeOf(text)}`;
    seen.refused[refusal] = (seen.refused[refusal] ?? 0) + 1;
  };
  return { seen, note };
}

function codeOf(text) {
  try {
    return JSON.parse(text).code;
  } catch {
    return text.slice(0, 100);
  }
}
