import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseAddCheckpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { cosignerVkeyOf } from '../../../src/log-format/transparency/cosignature.js';
import { cosign } from '../../../src/log-format/transparency/signing.js';
import { parseNote } from '../../../src/log-format/transparency/signed-note.js';

/** What is asked of a witness, and what answers it. */
export interface Asked {
  oldSize: number;
  /** The text that is to be cosigned. */
  text: string;
  response: ServerResponse;
}

/** A witness that does what the test says; it has a genuine key, which the policy names. */
export class HostileWitness {
  /** How often it was asked. */
  asked = 0;
  private readonly pair = generateKeyPairSync('ed25519');

  private constructor(
    readonly name: string,
    private readonly server: Server,
  ) {}

  static async open(name: string, answer: (asked: Asked, witness: HostileWitness) => void): Promise<HostileWitness> {
    const server = createServer();
    const witness = new HostileWitness(name, server);
    server.on('request', (request, response) => {
      void text(request).then(
        (body) => {
          witness.asked += 1;
          const { oldSize = -1, note = '' } = parseAddCheckpoint(body) ?? {};
          answer({ oldSize, text: parseNote(note).text, response }, witness);
        },
        () => undefined,
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return witness;
  } // prettier-ignore

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get vkey(): string {
    return cosignerVkeyOf({ name: this.name, publicKey: this.pair.publicKey });
  }

  /** A cosignature under its own key, of whatever text and time. */
  cosign(ofText: string, seconds = Math.floor(Date.now() / 1000), key: KeyObject = this.pair.privateKey): string {
    return cosign(ofText, this.name, key, seconds);
  } // prettier-ignore

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

export const size = (response: ServerResponse, told: number | string): void =>
  void response.writeHead(409, { 'content-type': 'text/x.tlog.size' }).end(`${told}\n`);
