import { METHODS, resolveConfig } from '@mikt/algos';
import { MiktError } from '@mikt/core';
import type { RunManifest } from '@mikt/runs';

export type Config = Readonly<Record<string, unknown>>;

/** A configuration as the preset that it is nearest to and what it differs in. */
export interface PresetDifferences {
  /** Undefined where the method or the configuration is not one that this version of mikt knows. */
  readonly preset: string | undefined;
  readonly differences: readonly {
    readonly key: string;
    readonly value: unknown;
    readonly presetValue: unknown;
  }[];
}

/** Keys that a command has options of its own for. */
const OWN_KEYS = ['env', 'algo', 'seed', 'steps'];

/** A run's configuration; what its version did not know yet counts as today's default. As recorded where that fails. */
export function completeConfig({ config, algo }: Pick<RunManifest, 'config' | 'algo'>): Config {
  return tryResolve({ ...config, algo }) ?? config;
}

/** The preset with the fewest differences, the first of them where there are several. @param config complete */
export function presetDifferences(config: Config, algo: string): PresetDifferences {
  const { env, seed, steps } = config;
  const presets = Object.hasOwn(METHODS, algo) ? METHODS[algo]!.presets : {};
  let nearest: PresetDifferences = { preset: undefined, differences: [] };
  for (const [preset, values] of Object.entries(presets)) {
    const resolved = tryResolve({ ...values, env, algo, seed, steps });
    if (resolved === undefined || Object.keys(config).some((key) => !(key in resolved))) continue;
    const differences = Object.entries(config)
      .filter(([key, value]) => !OWN_KEYS.includes(key) && !isSame(value, resolved[key]))
      .map(([key, value]) => ({ key, value, presetValue: resolved[key] }));
    if (nearest.preset === undefined || differences.length < nearest.differences.length) {
      nearest = { preset, differences };
    }
  }
  return nearest;
}

function tryResolve(config: Config): Config | undefined {
  try {
    return resolveConfig(config) as unknown as Config;
  } catch (error) {
    if (error instanceof MiktError) return undefined;
    throw error;
  }
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
