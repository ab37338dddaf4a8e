import { type Teacher, teacherFromCheckpoint } from '@mikt/algos';
import { decodeCheckpoint } from '@mikt/runs/reader';
import type { ListedTeacher } from '../playground-files.js';

/** A policy that can teach, and the bytes of its file. */
export interface TeacherFile {
  /** `zoo:<name>`, or the name of a file. */
  readonly source: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly teacher: Teacher;
}

/** The teachers to choose from: those beside the page, and those that the reader brings. */
export class Teachers {
  readonly #listed: readonly ListedTeacher[];
  readonly #read = new Map<string, TeacherFile>();

  /** @throws Error where the page's list cannot be loaded */
  static async load(): Promise<Teachers> {
    return new Teachers((await (await get('teachers.json')).json()) as ListedTeacher[]);
  }

  private constructor(listed: readonly ListedTeacher[]) {
    this.#listed = listed;
  }

  /** Sources of all of them, those beside the page first. */
  get sources(): string[] {
    return [...new Set([...this.#listed.map(({ source }) => source), ...this.#read.keys()])];
  }

  /** One of `sources`. @throws FileError where it cannot teach */
  async get(source: string): Promise<TeacherFile> {
    const known = this.#read.get(source);
    if (known) return known;
    const { file } = this.#listed.find((listed) => listed.source === source)!;
    return this.#keep(source, await (await get(file)).arrayBuffer());
  }

  /** Takes in a file of the reader's own. @throws FileError where it cannot teach */
  async add(file: File): Promise<TeacherFile> {
    return this.#keep(file.name, await file.arrayBuffer());
  }

  #keep(source: string, buffer: ArrayBuffer): TeacherFile {
    const bytes = new Uint8Array(buffer);
    const kept = { source, bytes, teacher: teacherFromCheckpoint(decodeCheckpoint(bytes, source), source) };
    this.#read.set(source, kept);
    return kept;
  }
}

async function get(file: string): Promise<Response> {
  const response = await fetch(file);
  if (!response.ok)
    throw new Error(`${file} could not be loaded: ${response.status} ${response.statusText}.`);
  return response;
}
