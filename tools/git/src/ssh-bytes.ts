/** Reads the fields of SSH's binary formats (RFC 4251, section 5) one after the other. Throws `RangeError` at the end. */
export class SshBytes {
  readonly #bytes: Buffer;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#position === this.#bytes.length;
  }

  take(length: number): Buffer {
    const end = this.#position + length;
    if (end > this.#bytes.length) throw new RangeError(`There are no ${length} bytes left.`);
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  number(): number {
    return this.take(4).readUInt32BE();
  }

  string(): Buffer {
    return this.take(this.number());
  }

  text(): string {
    return this.string().toString('latin1');
  }

  /** Returns a number of any length that is not negative, without leading zeros, as there is one way only to write it. */
  integer(): Buffer {
    const bytes = this.string();
    const [first = 0, second = 0] = bytes;
    if (first >= 0x80 || (first === 0 && bytes.length > 0 && second < 0x80)) throw new RangeError('Badly written.');
    return first === 0 ? bytes.subarray(1) : bytes;
  }
}

/** Returns a string as SSH writes it. */
export function sshString(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
