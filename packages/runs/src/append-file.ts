import fs from 'node:fs';
import { fileError } from './files.js';

/** A file that only grows, by whole pieces: after a failed write it is cut back to the last one. */
export class AppendFile {
  readonly path: string;
  readonly #descriptor: number;
  #size: number;

  /**
   * @param mode `create` refuses a file that exists, `continue` wants one
   * @throws FileError
   */
  constructor(path: string, mode: 'create' | 'continue') {
    this.path = path;
    try {
      this.#descriptor = fs.openSync(path, mode === 'create' ? 'wx' : 'r+');
      this.#size = fs.fstatSync(this.#descriptor).size;
    } catch (cause) {
      throw fileError(path, 'cannot be opened for writing', cause);
    }
  }

  /** Hands the bytes to the operating system: they survive the death of this process. @throws FileError */
  append(piece: string | Uint8Array): void {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    let written = 0;
    try {
      while (written < bytes.length) {
        written += fs.writeSync(
          this.#descriptor,
          bytes,
          written,
          bytes.length - written,
          this.#size + written,
        );
      }
    } catch (cause) {
      this.#cutBack();
      throw fileError(this.path, 'cannot be written', cause);
    }
    this.#size += bytes.length;
  }

  /** Brings what was appended to the disk, where it survives a power cut. @throws FileError */
  sync(): void {
    try {
      fs.fsyncSync(this.#descriptor);
    } catch (cause) {
      throw fileError(this.path, 'cannot be written', cause);
    }
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  #cutBack(): void {
    try {
      fs.ftruncateSync(this.#descriptor, this.#size);
    } catch {
      // The write's own error is the one to report, and a torn last line is left out by every reader.
    }
  }
}
