import { encodeOnnxPolicy, type TrainedPolicy, toPolicyFile, trainedPolicy } from '@mikt/algos';
import { readCheckpoint, writeCheckpoint, writeWhole } from '@mikt/runs';
import { Command } from 'commander';
import { bestOption, checkpointFile, isZooName } from '../checkpoint-source.js';
import { formatNumber, printJson } from '../options.js';
import { checkOutputFile } from '../output-file.js';
import { version } from '../version.js';

interface ExportFlags {
  readonly out: string;
  readonly force?: boolean;
  readonly best?: boolean;
  readonly json?: boolean;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write a trained policy by itself: its networks and its normaliser')
    .argument('<checkpoint>', 'checkpoint or policy file, run folder (its last checkpoint), or zoo:<name>')
    .addOption(bestOption())
    .requiredOption(
      '--out <file>',
      '<name>.safetensors, for mikt eval and --teacher, or <name>.onnx, for other programs',
    )
    .option('--force', 'replace the file if it is there already')
    .option('--json', 'print what was written as JSON')
    .addHelpText('after', '\nWhat the files hold: docs/interchange.md.')
    .action(async (given: string, { out, force = false, best, json = false }: ExportFlags) => {
      const extension = checkOutputFile(out, ['.safetensors', '.onnx'], force);
      const file = await checkpointFile(given, best);
      const policy = trainedPolicy(await readCheckpoint(file), isZooName(given) ? given : file);
      if (extension === '.onnx') await writeWhole(out, encodeOnnxPolicy(policy, version));
      else await writeCheckpoint(out, toPolicyFile(policy));
      reportPolicy(out, policy, json);
    });
}

/** Prints what was written to `file`. */
export function reportPolicy(file: string, policy: TrainedPolicy, json: boolean): void {
  const { env, algo, steps, sizes, hasValue, origin } = policy;
  if (json) {
    printJson({ policy: file, env, algo, steps, ...sizes, hasValue, origin });
    return;
  }
  const trained = steps === null ? '' : ` after ${formatNumber(steps)} steps`;
  process.stdout.write(
    `${file}: the policy of ${origin.source} (${env}, ${algo}${trained}), ${sizes.observation} observations to ` +
      `${sizes.action} actions${hasValue ? '' : ', without a value network'}.\n`,
  );
}
