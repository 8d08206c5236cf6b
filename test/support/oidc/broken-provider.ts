import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  SignJWT,
  UnsecuredJWT,
  type JWTPayload,
} from 'jose';

/** A provider that says whatever it is told to, and can be taken down. */
export interface BrokenProvider {
  issuer: string;
  /** Requests so far, as `METHOD /path`. */
  asked: string[];
  /** What the token endpoint answers next, given the form that it is sent. */
  answerWith(answer: (form: URLSearchParams) => Promise<object> | object): void;
  /** What every path answers instead of what it should; null: what it should. */
  breakWith(
    broken:
      ((path: string) => { status: number; headers?: Record<string, string>; body: string } | null) | null,
  ): void;
  sign(payload: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  /** With a key that the provider does not publish. */
  forge(payload: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  unsigned(payload: JWTPayload): string;
  stop(): Promise<void>;
}

/** @param metadata on top of what any provider says of itself */
export async function startBrokenProvider(metadata: Record<string, unknown> = {}): Promise<BrokenProvider> {
  const [own, foreign] = [await generateKeyPair('ES256'), await generateKeyPair('ES256')];
  const published = { ...(await exportJWK(own.publicKey)), alg: 'ES256', use: 'sig' };
  const kid = await calculateJwkThumbprint(published);
  const asked: string[] = [];
  let answer: (form: URLSearchParams) => Promise<object> | object = () => ({});
  let broken: Parameters<BrokenProvider['breakWith']>[0] = null;
  const server = createServer((request, response) => {
    void (async () => {
      const { pathname } = new URL(request.url ?? '/', issuer);
      asked.push(`${request.method} ${pathname}`);
      const instead = broken?.(pathname) ?? null;
      if (instead !== null) {
        response.writeHead(instead.status, { 'content-type': 'application/json', ...instead.headers });
        response.end(instead.body);
        return;
      }
      const body =
        pathname === '/.well-known/openid-configuration'
          ? described
          : pathname === '/jwks'
            ? { keys: [{ ...published, kid }] }
            : await answer(new URLSearchParams(await textOf(request)));
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    })();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const described = {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'none', 'HS256'],
    authorization_response_iss_parameter_supported: true,
    ...metadata,
  };
  const signed = (
    payload: JWTPayload,
    header: Record<string, unknown>,
    key: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'],
  ): Promise<string> => new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid, ...header }).sign(key);
  return {
    issuer,
    asked,
    answerWith: (given) => (answer = given),
    breakWith: (given) => (broken = given),
    sign: (payload, header = {}) => signed(payload, header, own.privateKey),
    forge: (payload, header = {}) => signed(payload, header, foreign.privateKey),
    unsigned: (payload) => new UnsecuredJWT(payload).encode(),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
