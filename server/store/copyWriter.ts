// COPY … FROM STDIN (FORMAT binary): rows encoded straight into buffers, with no text escaping and no number parsing.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Words } from '../search/indexRows.ts';

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const CHUNK = 256 * 1024;
/** Microseconds between the Unix epoch and Postgres' own, 2000-01-01. */
const POSTGRES_EPOCH_US = 946_684_800_000_000;
const INT8_OID = 20;
const INFINITY = 0x7fff_ffff_ffff_ffffn;
const MINUS_INFINITY = -0x8000_0000_0000_0000n;

/** Encodes rows field by field in COPY's binary form; `take` hands over what is complete. */
export class CopyWriter {
  private buffer = Buffer.allocUnsafe(CHUNK);
  private used = SIGNATURE.copy(this.buffer, 0);
  private full: Buffer[] = [];

  private reserve(bytes: number): void {
    if (this.used + bytes <= this.buffer.length) return;
    this.full.push(this.buffer.subarray(0, this.used));
    this.buffer = Buffer.allocUnsafe(Math.max(CHUNK, bytes));
    this.used = 0;
  }

  row(fields: number): void {
    this.reserve(2);
    this.used = this.buffer.writeInt16BE(fields, this.used);
  }

  null(): void {
    this.reserve(4);
    this.used = this.buffer.writeInt32BE(-1, this.used);
  }

  bigint(value: bigint): void {
    this.reserve(12);
    this.buffer.writeInt32BE(8, this.used);
    this.used = this.buffer.writeBigInt64BE(value, this.used + 4);
  }

  /** A bigint column from a non-negative safe integer, without a BigInt allocation. */
  key(value: number): void {
    this.reserve(12);
    this.buffer.writeInt32BE(8, this.used);
    this.buffer.writeUInt32BE(Math.floor(value / 0x1_0000_0000), this.used + 4);
    this.used = this.buffer.writeUInt32BE(value % 0x1_0000_0000, this.used + 8);
  }

  integer(value: number): void {
    this.reserve(8);
    this.buffer.writeInt32BE(4, this.used);
    this.used = this.buffer.writeInt32BE(value, this.used + 4);
  }

  boolean(value: boolean): void {
    this.reserve(5);
    this.buffer.writeInt32BE(1, this.used);
    this.used = this.buffer.writeUInt8(value ? 1 : 0, this.used + 4);
  }

  double(value: number): void {
    this.reserve(12);
    this.buffer.writeInt32BE(8, this.used);
    this.used = this.buffer.writeDoubleBE(value, this.used + 4);
  }

  /** A timestamptz from milliseconds since the Unix epoch; ±Infinity becomes Postgres' infinity. */
  instant(ms: number): void {
    if (ms === Infinity) this.bigint(INFINITY);
    else if (ms === -Infinity) this.bigint(MINUS_INFINITY);
    else this.bigint(BigInt(ms) * 1000n - BigInt(POSTGRES_EPOCH_US));
  }

  /** A bigint[] column without nulls: dimensions, flags, element type, length, lower bound, then the elements. */
  bigints(values: bigint[]): void {
    const size = values.length === 0 ? 12 : 20 + values.length * 12;
    this.reserve(4 + size);
    this.used = this.buffer.writeInt32BE(size, this.used);
    this.used = this.buffer.writeInt32BE(values.length === 0 ? 0 : 1, this.used);
    this.used = this.buffer.writeInt32BE(0, this.used);
    this.used = this.buffer.writeInt32BE(INT8_OID, this.used);
    if (values.length === 0) return;
    this.used = this.buffer.writeInt32BE(values.length, this.used);
    this.used = this.buffer.writeInt32BE(1, this.used);
    for (const value of values) {
      this.buffer.writeInt32BE(8, this.used);
      this.used = this.buffer.writeBigInt64BE(value, this.used + 4);
    }
  }

  text(value: string): void {
    this.bytes(value, -1);
  }

  /** A tsvector column: number of words; for each its text, NUL, number of positions, positions. */
  tsvector(words: Words): void {
    let most = 8;
    for (const [word, places] of words) most += word.length * 3 + 3 + places.length * 2;
    this.reserve(most);
    const start = this.used;
    this.used = this.buffer.writeInt32BE(words.size, start + 4);
    for (const [word, places] of words) {
      this.used += this.buffer.write(word, this.used, 'utf8');
      this.used = this.buffer.writeUInt8(0, this.used);
      this.used = this.buffer.writeUInt16BE(places.length, this.used);
      for (const place of places) this.used = this.buffer.writeUInt16BE(place, this.used);
    }
    this.buffer.writeInt32BE(this.used - start - 4, start);
  }

  /** A jsonb column: the format's version byte, then JSON text. */
  jsonb(value: string): void {
    this.bytes(value, 1);
  }

  private bytes(value: string, prefix: number): void {
    const extra = prefix < 0 ? 0 : 1;
    // At most three bytes of UTF-8 per UTF-16 unit; reserving the bound saves measuring the string first.
    this.reserve(4 + extra + value.length * 3);
    const start = this.used;
    if (extra) this.buffer.writeUInt8(prefix, start + 4);
    const written = this.buffer.write(value, start + 4 + extra, 'utf8');
    this.buffer.writeInt32BE(written + extra, start);
    this.used = start + 4 + extra + written;
  }

  /** Whether a full chunk waits to be sent. */
  get pending(): boolean {
    return this.full.length > 0;
  }

  /** Full chunks since the last call; with `last`, everything and the format's trailer. */
  take(last: boolean): Buffer[] {
    const chunks = this.full;
    this.full = [];
    if (last) {
      this.row(-1);
      chunks.push(...this.full, this.buffer.subarray(0, this.used));
      this.full = [];
    }
    return chunks;
  }
}

/**
 * Copies rows into a table inside the caller's transaction. `encode` writes one row per item; chunks are sent as they
 * fill, so memory stays bounded by a chunk however many items there are.
 */
export async function copyRows<T>(
  tx: PoolClient,
  target: string,
  items: Iterable<T>,
  encode: (writer: CopyWriter, item: T) => void,
): Promise<void> {
  await pipeline(
    Readable.from(encoded(items, encode)),
    tx.query(copyFrom(`COPY ${target} FROM STDIN (FORMAT binary)`)),
  );
}

function* encoded<T>(items: Iterable<T>, encode: (writer: CopyWriter, item: T) => void): Generator<Buffer> {
  const writer = new CopyWriter();
  for (const item of items) {
    encode(writer, item);
    if (writer.pending) yield* writer.take(false);
  }
  yield* writer.take(true);
}
