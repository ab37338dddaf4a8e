/** Whether this is Node, whose own modules `process.getBuiltinModule` gives, and not a page. */
export function isNode(): boolean {
  return typeof process !== 'undefined' && typeof process.getBuiltinModule === 'function';
}
