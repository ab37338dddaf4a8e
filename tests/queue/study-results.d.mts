export function resultsOf(folder: string): Promise<unknown>;
