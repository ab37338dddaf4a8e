// How a changeset becomes a line of CHANGELOG.md: its sentence. All packages have one version, so that lines about
// versions of each other would say nothing.
module.exports = {
  async getReleaseLine({ summary }) {
    return `- ${summary.trim().replaceAll('\n', '\n  ')}`;
  },
  async getDependencyReleaseLine() {
    return '';
  },
};
