import { InvalidInputError } from '@mikt/core';
import { Parser } from 'htmlparser2';

/** An element of a model as its opening tag says. */
export interface ModelElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Elements within each other; MuJoCo's own parser takes fewer. */
const MOST_NESTED = 1000;

/**
 * Goes through the elements of an XML text. It is lenient, for MuJoCo's own parser is the judge of what is XML: this is
 * to know what a model names and asks for before it is given to MuJoCo.
 * @param onElement told of each element with the number of those it is in
 * @param onClose told of an element's end
 * @throws InvalidInputError where elements are nested too deeply
 */
export function readElements(
  text: string,
  onElement: (element: ModelElement, depth: number) => void,
  onClose: () => void = () => {},
): void {
  let depth = 0;
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (depth >= MOST_NESTED) throw new InvalidInputError("the model's elements are nested too deeply.");
        onElement({ tag, attributes }, depth);
        depth++;
      },
      onclosetag() {
        depth--;
        onClose();
      },
    },
    { xmlMode: true },
  );
  parser.end(text);
}

/** Whether a file is a model or a part of one, by its name. */
export function isModelFile(path: string): boolean {
  return /\.(xml|mjcf|urdf)$/i.test(path);
}

/** Text of a file, without the mark that some editors put in front. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
