import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { httpConfig } from '../config/http.config.js';

/** The address that HOST and PORT name cannot be listened on. */
export class CannotListen extends Error {}

/** Opens the port. @throws CannotListen with one sentence that says what to change */
export async function listen(app: NestFastifyApplication): Promise<void> {
  const { host, port } = httpConfig();
  try {
    await app.listen(port, host);
  } catch (error) {
    const problem = PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''];
    throw problem === undefined ? error : new CannotListen(problem(host, port), { cause: error });
  }
}

const noSuchHost = (host: string): string => `HOST is ${host}, which is no address of this machine.`;

const PROBLEMS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `Port ${port} of ${host} is in use by another program: stop it, or choose another with PORT.`,
  EACCES: (_host, port) => `This user may not open port ${port}: choose one above 1023 with PORT.`,
  EADDRNOTAVAIL: noSuchHost,
  ENOTFOUND: noSuchHost,
};
