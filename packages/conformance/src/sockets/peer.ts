import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Frame } from '../vectors.js';

/** Opcodes of RFC 6455 §5.2. */
export const TEXT = 0x1;
export const BINARY = 0x2;
const CONTINUATION = 0x0;
const CLOSE = 0x8;
const PING = 0x9;
const PONG = 0xa;
const FINAL = 0x80;
const MASKED = 0x80;

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
export const SUBPROTOCOL = 'rescind.verifier.v1';

/** One WebSocket of a testee, byte for byte, so that a server can do all that none should. */
export class Peer {
  private bytes = Buffer.alloc(0);
  private fragments: Buffer[] = [];
  readonly texts: Frame[] = [];
  readonly pongs: string[] = [];
  /** The code of its close frame; 1005: without one. */
  closeCode: number | null = null;
  /** It has closed the TCP connection, or reset it. */
  isGone = false;

  constructor(
    readonly request: IncomingMessage,
    readonly socket: Socket,
    private readonly changed: () => void,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (data) => this.read(data));
    socket.on('error', () => undefined);
    for (const event of ['end', 'close'] as const)
      socket.on(event, () => {
        this.isGone = true;
        socket.end();
        changed();
      });
  }

  /** Answers the handshake. */
  accept({
    key = this.request.headers['sec-websocket-key'],
    subprotocol = SUBPROTOCOL,
  }: { key?: string; subprotocol?: string | null } = {}): void {
    const hash = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    this.socket.write(
      [
        'HTTP/1.1 101 Switching Protocols',
        'Upgrade: websocket',
        'Connection: Upgrade',
        `Sec-WebSocket-Accept: ${hash}`,
        ...(subprotocol === null ? [] : [`Sec-WebSocket-Protocol: ${subprotocol}`]),
        '\r\n',
      ].join('\r\n'),
    );
  }

  /** Answers the handshake with an ordinary HTTP answer. */
  refuse(status: string, headers: readonly string[] = []): void {
    this.socket.end(
      [`HTTP/1.1 ${status}`, 'Content-Length: 0', 'Connection: close', ...headers, '\r\n'].join('\r\n'),
    );
  }

  send(...frames: readonly Frame[]): void {
    this.socket.write(Buffer.concat(frames.map((frame) => frameOf(TEXT, JSON.stringify(frame)))));
  }

  close(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.socket.write(frameOf(CLOSE, payload));
  }

  /** Everything that ends in a frame of its kind is told to the scenario. */
  private read(data: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, data]);
    for (let frame = this.take(); frame !== null; frame = this.take()) this.note(frame);
    this.changed();
  }

  private take(): { first: number; payload: Buffer } | null {
    const { bytes } = this;
    if (bytes.length < 2) return null;
    const short = bytes.readUInt8(1) & 0x7f;
    const head = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (bytes.length < head + 4) return null;
    const length =
      short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    const end = head + 4 + length;
    if (bytes.length < end) return null;
    const mask = bytes.subarray(head, head + 4);
    const payload = Buffer.from(
      bytes.subarray(head + 4, end).map((byte, index) => byte ^ (mask[index % 4] ?? 0)),
    );
    this.bytes = bytes.subarray(end);
    return { first: bytes.readUInt8(0), payload };
  }

  private note({ first, payload }: { first: number; payload: Buffer }): void {
    const opcode = first & 0x0f;
    if (opcode === TEXT || opcode === CONTINUATION) {
      this.fragments.push(payload);
      if ((first & FINAL) === 0) return;
      const text = Buffer.concat(this.fragments).toString('utf8');
      this.fragments = [];
      this.texts.push(JSON.parse(text) as Frame);
    } else if (opcode === PONG) this.pongs.push(payload.toString('utf8'));
    else if (opcode === PING && !this.isGone) this.answerPing(payload);
    else if (opcode === CLOSE) this.closeCode ??= payload.length < 2 ? 1005 : payload.readUInt16BE(0);
  }

  /** A server that is silent does not answer. */
  answerPing(payload: Buffer): void {
    this.socket.write(frameOf(PONG, payload));
  }
}

/** One frame as a server sends it. */
export function frameOf(
  opcode: number,
  content: string | Buffer,
  { final = true, masked = false }: { final?: boolean; masked?: boolean } = {},
): Buffer {
  const payload = Buffer.from(content);
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : payload.length < 65_536
        ? Buffer.from([126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([127]), bigLength(payload.length)]);
  if (masked) length[0] = (length[0] ?? 0) | MASKED;
  const first = Buffer.from([(final ? FINAL : 0) | opcode]);
  // Under a mask of zeros the payload is what it was.
  return Buffer.concat([first, length, ...(masked ? [Buffer.alloc(4)] : []), payload]);
}

export function pingOf(content: string): Buffer {
  return frameOf(PING, content);
}

export function continuationOf(content: Buffer, final: boolean): Buffer {
  return frameOf(CONTINUATION, content, { final });
}

function bigLength(length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(length));
  return bytes;
}
