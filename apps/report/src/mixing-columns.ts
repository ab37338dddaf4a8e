import { COLOURS, DASHES, type SeriesStyle } from './method-styles.js';

/** A column of mixing weights; `teacher` where it is the weight on one of several. */
export interface MixingColumn {
  readonly column: string;
  readonly network: string;
  readonly layer: string;
  readonly teacher: string | undefined;
}

const NETWORK_COLOURS = [COLOURS.sky, COLOURS.purple, COLOURS.orange, COLOURS.green];
const LAYER_DASHES: readonly (readonly number[])[] = Object.values(DASHES);

/** The columns of mixing weights among these names. */
export function findMixingColumns(names: readonly string[]): MixingColumn[] {
  return names.flatMap((name) => {
    const match = /^mixing\/([^/]+)\/(\d+)(?:\/(.+))?$/.exec(name);
    return match ? { column: name, network: match[1]!, layer: match[2]!, teacher: match[3] } : [];
  });
}

/** The look of a line of weights, such as those of a network's layer. */
export function weightStyle(colour: number, dash: number): SeriesStyle {
  return {
    colour: NETWORK_COLOURS[colour % NETWORK_COLOURS.length]!,
    dash: LAYER_DASHES[dash % LAYER_DASHES.length]!,
  };
}
