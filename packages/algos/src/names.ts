/** For each of `wanted`, the index of the same name in `among`; undefined where it is not there, or names are unknown. */
export function matchNames(
  wanted: readonly string[] | undefined,
  among: readonly string[] | undefined,
): (number | undefined)[] {
  return (wanted ?? []).map((name) => {
    const index = among?.indexOf(name) ?? -1;
    return index < 0 ? undefined : index;
  });
}
