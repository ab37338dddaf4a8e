import { type Code, f32x4, i32, TYPE, unsigned, v128 } from './instructions.js';
import type { KernelForm } from './loader.js';

/** A function without parameters and results while it is written: its instructions, locals and constants. */
export class FunctionCode {
  readonly #form: KernelForm;
  readonly #types: number[] = [];
  readonly #constants = new Map<string, Code>();
  readonly #beginning: number[] = [];
  readonly #code: number[] = [];

  constructor(form: KernelForm) {
    this.#form = form;
  }

  emit(code: Code): void {
    for (const byte of code) this.#code.push(byte);
  }

  /** What `write` emits, taken out. */
  capture(write: () => void): Code {
    const begin = this.#code.length;
    write();
    return this.#code.splice(begin);
  }

  /** A new local, which holds 0. */
  local(type: keyof typeof TYPE): number {
    return this.#types.push(TYPE[type]) - 1;
  }

  get(local: number): Code {
    return [0x20, ...unsigned(local)];
  }

  set(local: number, value: Code): void {
    this.emit([...value, 0x21, ...unsigned(local)]);
  }

  /** local += bytes */
  advance(local: number, bytes: number): void {
    this.set(local, i32.add(this.get(local), i32.const(bytes)));
  }

  /** Computes a vector here, to be read more than once. */
  keep(value: Code): Code {
    const local = this.local('v128');
    this.set(local, value);
    return this.get(local);
  }

  /** A float four times. */
  splat(value: number): Code {
    return this.lanes(new Uint32Array(Float32Array.of(value, value, value, value).buffer));
  }

  /** An integer four times. */
  splatInteger(value: number): Code {
    return this.lanes(Uint32Array.of(value, value, value, value));
  }

  /** Four lanes of 32 bits. Constants are loaded once, at the beginning: not every compiler takes them out of loops. */
  lanes(lanes: Uint32Array): Code {
    const known = this.#constants.get(lanes.join());
    if (known) return known;
    const local = this.local('v128');
    this.#beginning.push(...v128.const(lanes), 0x21, ...unsigned(local));
    this.#constants.set(lanes.join(), this.get(local));
    return this.get(local);
  }

  /** a · b + c; rounded once where the form is relaxed and the host has a fused multiply-add, else twice. */
  madd(a: Code, b: Code, c: Code): Code {
    return this.#form === 'relaxed' ? f32x4.relaxedMadd(a, b, c) : f32x4.add(f32x4.mul(a, b), c);
  }

  /** The function as a module's code section holds it. */
  bytes(): Code {
    const locals = this.#types.flatMap((type) => [1, type]);
    const body = [...unsigned(this.#types.length), ...locals, ...this.#beginning, ...this.#code, 0x0b];
    return [...unsigned(body.length), ...body];
  }
}
