import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { freePort } from '../free-port.js';
import type { Browser, Step } from './browser.js';

export interface RealProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** Whoever is sent there from now on is this person; null: nobody, who is refused. */
  signsIn(subject: string | null, claims?: Record<string, unknown>): Promise<void>;
  /** Signs a browser out there; the provider tells its clients by the back channel. */
  signOut(browser: Browser, url?: string): Promise<Step>;
  stop(): Promise<void>;
}

/** A running oidc-provider that knows one client, which is at `origin`. */
export async function startProvider(
  origin: string,
  { id = 'corp', withUserinfo = false }: { id?: string; withUserinfo?: boolean } = {},
): Promise<RealProvider> {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const client = { client_id: 'rescind', client_secret: 'secret-of-the-client-at-the-provider' };
  const settings = {
    port,
    withUserinfo,
    clients: [
      {
        ...client,
        redirect_uris: [`${origin}/sign-in/oidc/${id}/callback`],
        post_logout_redirect_uris: [`${origin}/console/sign-in`],
        backchannel_logout_uri: `${origin}/sign-in/oidc/${id}/back-channel-logout`,
        backchannel_logout_session_required: true,
      },
    ],
  };
  const child = fork(join(import.meta.dirname, 'provider-program.mjs'), [JSON.stringify(settings)], {
    execArgv: [],
    env: { PATH: process.env.PATH, NODE_ENV: 'test' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return {
    issuer,
    clientId: client.client_id,
    clientSecret: client.client_secret,
    signsIn: async (subject, claims = {}) => {
      child.send({ subject, claims });
      await once(child, 'message');
    },
    signOut: (browser, url) => signOut(browser, url ?? `${issuer}/session/end?client_id=rescind`),
    stop: () => stop(child),
  };
}

async function signOut(browser: Browser, url: string): Promise<Step> {
  const page = await browser.go(url);
  const [, action = ''] = /action="([^"]+)"/.exec(page.text) ?? [];
  const [, xsrf = ''] = /name="xsrf" value="([^"]+)"/.exec(page.text) ?? [];
  if (action === '') throw new Error(`the provider shows no form: ${page.status} ${page.text}`);
  return browser.go(action, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ xsrf, logout: 'yes' }).toString(),
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.disconnect();
  await exit;
}
