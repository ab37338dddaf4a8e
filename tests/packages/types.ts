import path from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import ts from 'typescript';
import { ROOT } from './packed.js';

const RESOLUTIONS = {
  node16: { module: ts.ModuleKind.Node16, moduleResolution: ts.ModuleResolutionKind.Node16 },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
} as const;
export type Resolution = keyof typeof RESOLUTIONS;
export const RESOLUTION_NAMES = Object.keys(RESOLUTIONS) as Resolution[];

/**
 * What TypeScript says of these files as a strict user's, and of the declarations of mikt that they load.
 * @param host `node` has Node's types, `page` the DOM's and not Node's
 */
export function typeErrors(
  files: readonly string[],
  resolution: Resolution,
  host: 'node' | 'page',
): string[] {
  const program = ts.createProgram(files, {
    ...RESOLUTIONS[resolution],
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', ...(host === 'page' ? ['lib.dom.d.ts', 'lib.dom.iterable.d.ts'] : [])],
    types: host === 'node' ? ['node'] : [],
    typeRoots: [path.join(ROOT, 'node_modules/@types')],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    skipLibCheck: false,
  });
  // What other packages' declarations lack is for them to mend.
  const isOurs = (file?: ts.SourceFile) => !/\/node_modules\/(?!@mikt\/)/.test(file?.fileName ?? '');
  return ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => isOurs(file))
    .map(({ file, start = 0, messageText }) => {
      const line = file ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
      return `${path.basename(file?.fileName ?? '')}:${line} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
}

/** What "are the types wrong" says of a tarball for whoever imports it as a module: the packages have no CommonJS. */
export async function wrongTypes(tarball: Uint8Array): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(tarball));
  if (result.types === false) return ['it has no types'];
  return result.problems
    .filter((problem) => !('resolutionKind' in problem) || !/^node10$|-cjs$/.test(problem.resolutionKind))
    .map((problem) => JSON.stringify(problem));
}
