import type { ListenAddress } from '../config/listen-address.js';

/** An address in the settings that cannot be listened on. */
export class CannotListen extends Error {}

export interface NamedAddress extends ListenAddress {
  /** The settings that host and port come from. */
  names: { host: string; port: string };
}

/** The result of `open`. @throws CannotListen with the reason of the system */
export async function opened<Result>(open: () => Promise<Result>, address: NamedAddress): Promise<Result> {
  try {
    return await open();
  } catch (error) {
    const problem = PROBLEMS[(error as NodeJS.ErrnoException).code ?? ''];
    throw problem === undefined ? error : new CannotListen(problem(address), { cause: error });
  }
}

const noSuchHost = ({ host, names }: NamedAddress): string =>
  `${names.host} is ${host}, which is no address of this machine.`;

const PROBLEMS: Record<string, (address: NamedAddress) => string> = {
  EADDRINUSE: ({ host, port, names }) =>
    `Port ${port} of ${host} is in use by another program: stop it, or choose another with ${names.port}.`,
  EACCES: ({ port, names }) =>
    `This user may not open port ${port}: choose one above 1023 with ${names.port}.`,
  EADDRNOTAVAIL: noSuchHost,
  ENOTFOUND: noSuchHost,
};
