import { readElements } from './model-xml.js';

/** A file that a model names. */
export interface Reference {
  /** As it is written. */
  readonly file: string;
  /** The element that names it. */
  readonly tag: string;
}

/** What a model's text says of other files. */
export interface References {
  readonly files: readonly Reference[];
  /** Folders in which `<compiler>` has them looked for. */
  readonly folders: readonly string[];
  readonly isUrdf: boolean;
}

const FILE = /^file(name|right|left|up|down|front|back)?$/;
const FOLDER = /^(asset|mesh|texture)dir$/;

/** The files that a model's text names: includes, meshes, height fields, textures, models to attach. */
export function findReferences(text: string): References {
  const files: Reference[] = [];
  const folders = new Set<string>();
  let isUrdf = false;
  readElements(text, ({ tag, attributes }, depth) => {
    isUrdf ||= tag === 'robot' && depth === 0;
    for (const [name, value] of Object.entries(attributes)) {
      if (FILE.test(name) && value !== '') files.push({ file: value, tag });
      if (tag === 'compiler' && FOLDER.test(name)) folders.add(value);
    }
  });
  return { files, folders: [...folders], isUrdf };
}
