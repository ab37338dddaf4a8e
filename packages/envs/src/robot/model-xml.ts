import { Parser } from 'htmlparser2';

/** An element of a model as its opening tag says. */
export interface ModelElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its parents, the outermost first. */
  readonly parents: readonly ModelElement[];
}

/**
 * Goes through the elements of an XML text. It is lenient, for MuJoCo's own parser is the judge of what is XML: this is
 * to know what a model names and asks for before it is given to MuJoCo.
 */
export function readElements(text: string, onElement: (element: ModelElement) => void): void {
  const open: ModelElement[] = [];
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        const element = { tag, attributes, parents: [...open] };
        open.push(element);
        onElement(element);
      },
      onclosetag() {
        open.pop();
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
