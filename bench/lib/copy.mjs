// @ts-check
import { once } from 'node:events';

const CHUNK_BYTES = 256 * 1024;

/** One COPY … FROM STDIN on a `pg` client: the protocol's own bulk load, without a further package. */
class CopyIn {
  failure = null;

  constructor(text, lines, done) {
    this.text = text;
    this.lines = lines;
    this.done = done;
  }

  submit(connection) {
    connection.query(this.text);
  }

  async handleCopyInResponse(connection) {
    try {
      let chunk = '';
      for (const line of this.lines) {
        chunk += line;
        if (chunk.length < CHUNK_BYTES) continue;
        connection.sendCopyFromChunk(Buffer.from(chunk));
        chunk = '';
        if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
        // The server's refusals arrive between chunks.
        else await new Promise(setImmediate);
        if (this.failure) return;
      }
      if (chunk !== '') connection.sendCopyFromChunk(Buffer.from(chunk));
      connection.endCopyFrom();
    } catch (error) {
      connection.sendCopyFail(error.message);
    }
  }

  handleError(error) {
    this.failure = error;
  }

  handleReadyForQuery() {
    this.done(this.failure);
  }

  handleCommandComplete() {}
  handleEmptyQuery() {}
}

/**
 * Copies `rows` into `table`. Values are texts, numbers or null; arrays and bytes come ready-made as
 * `{a,b}` and `\x…`. Backslashes, tabs and line ends in texts are escaped.
 * @param client a connected pg.Client that nothing else uses meanwhile.
 */
export function copyRows(client, table, columns, rows) {
  return new Promise((resolve, reject) => {
    const text = `COPY ${table} (${columns.join(', ')}) FROM STDIN`;
    client.query(new CopyIn(text, linesOf(rows), (failure) => (failure ? reject(failure) : resolve())));
  });
}

function* linesOf(rows) {
  for (const row of rows) yield `${row.map(field).join('\t')}\n`;
}

function field(value) {
  if (value === null) return '\\N';
  return typeof value === 'string' ? value.replace(/[\\\t\n\r]/g, escape) : String(value);
}

function escape(character) {
  return { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }[character];
}
