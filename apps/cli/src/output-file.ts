import { existsSync } from 'node:fs';
import path from 'node:path';
import { InvalidInputError } from '@mikt/core';

/**
 * The extension of a file to be written, in lower case.
 * @param option that names the file, for errors
 * @throws InvalidInputError where it is not one of `extensions`, or the file is there already and may not be replaced
 */
export function checkOutputFile(
  file: string,
  extensions: readonly string[],
  replace: boolean,
  option = '--out',
): string {
  const extension = path.extname(file).toLowerCase();
  if (!extensions.includes(extension)) {
    throw new InvalidInputError(
      `${option} takes a file that ends with ${extensions.join(' or ')}, got ${file}.`,
    );
  }
  if (!replace && existsSync(file)) {
    throw new InvalidInputError(`${file} exists already; give another file, or --force to replace it.`);
  }
  return extension;
}
