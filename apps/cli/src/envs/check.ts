import { InvalidInputError, MiktError } from '@mikt/core';
import { checkRobot, isRobotPath, type LoadedRobot, type RobotCheck } from '@mikt/envs';
import { printJson } from '../options.js';
import { EXIT } from '../report-error.js';
import { type RobotFlags, readRobotFile } from '../robot-source.js';
import { describeCheck } from './check-text.js';

/**
 * Prints what there is of a robot of one's own, and what is wrong with it.
 * @returns the exit status: whether there are problems
 * @throws MiktError for a wrong `--task`
 */
export async function checkRobotFile(
  file: string,
  { json, ...flags }: RobotFlags & { readonly json?: boolean },
): Promise<number> {
  if (!isRobotPath(file)) {
    throw new InvalidInputError(
      `check takes a model file, such as ./robot.xml, got ${file}; mikt envs ${file} describes an environment by its name.`,
    );
  }
  let loaded: LoadedRobot;
  let check: RobotCheck;
  try {
    loaded = await readRobotFile(file, flags);
    check = await checkRobot(loaded.definition);
  } catch (error) {
    if (!(error instanceof MiktError) || error.code === 'unknown-task') throw error;
    if (json) printJson({ model: file, findings: [{ severity: 'problem', text: error.message }] });
    else process.stdout.write(`Problem: ${error.message}\n`);
    return EXIT.failed;
  }
  const problems = check.findings.filter(({ severity }) => severity === 'problem');
  if (json) {
    const { defaults, definition } = loaded;
    printJson({ model: file, ...check, task: definition.task, defaults });
  } else {
    const lines = describeCheck(file, loaded, check, process.stdout.columns);
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return problems.length > 0 ? EXIT.failed : EXIT.done;
}
