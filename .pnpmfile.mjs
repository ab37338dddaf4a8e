/** What is for work in this repository only is not published: the way to the sources, scripts, their dependencies. */
export const hooks = {
  beforePacking(manifest) {
    delete manifest.scripts;
    delete manifest.devDependencies;
    for (const entry of Object.values(manifest.exports ?? {})) {
      if (typeof entry === 'object') delete entry['@mikt/source'];
    }
    return manifest;
  },
};
