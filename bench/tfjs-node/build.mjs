// Builds @tensorflow/tfjs-node's addon against the TensorFlow C library in PyPI's tensorflow-cpu, for machines that
// cannot download the one that its install script wants, and puts it into this workspace. README.md says how.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The oldest release whose wheel pip still offers: tfjs-node 4.22 is written for the C library of 2.9.1. */
const TENSORFLOW = '2.12.1';
/** What the marker in the folder's package.json says, so that nobody's own folder is overwritten. */
const FOLDER_NAME = 'tfjs-node-build';

/** The parts of the wheel that the addon is compiled against, into include/ and lib/. */
const UNPACK = `
import sys, zipfile
from pathlib import Path
wheel, target = zipfile.ZipFile(sys.argv[1]), Path(sys.argv[2])
headers = tuple(f"tensorflow/include/tensorflow/{part}/" for part in ("c", "core/platform", "tsl/c", "tsl/platform"))
for name in wheel.namelist():
    if name.endswith("/"):
        continue
    if name.startswith(headers):
        file = target / name.removeprefix("tensorflow/")
    elif name in ("tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"):
        file = target / "lib" / Path(name).name
    else:
        continue
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(wheel.read(name))
`;

/** Prints TensorFlow's version after one product on the native library. */
const TRY = `
const util = require('node:util');
util.isNullOrUndefined ??= (value) => value === null || value === undefined;
const tf = require('@tensorflow/tfjs-node');
const [product] = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
if (tf.getBackend() !== 'tensorflow' || product !== 11) throw new Error(tf.getBackend() + ' gave ' + product);
console.log(tf.backend().binding.TF_Version);
`;

const graph = fileURLToPath(new URL('../../packages/graph/', import.meta.url));
const scope = path.join(graph, 'node_modules', '@tensorflow');
const link = path.join(scope, 'tfjs-node');
const { optionalDependencies } = JSON.parse(readFileSync(path.join(graph, 'package.json'), 'utf8'));
const TFJS_NODE = optionalDependencies['@tensorflow/tfjs-node'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { link: { type: 'boolean' }, unlink: { type: 'boolean' } },
});
const folder = path.resolve(positionals[0] ?? path.join(tmpdir(), FOLDER_NAME));
const built = path.join(folder, 'node_modules', '@tensorflow', 'tfjs-node');

try {
  if (positionals.length > 1) throw new Error(`Only one folder can be given, got ${positionals.length}.`);
  if (options.link && options.unlink) throw new Error('Only one of --link and --unlink can be given.');
  if (options.unlink) removeLink();
  else if (options.link) makeLink();
  else build();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}

function build() {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      `This builds on Linux x64 only, got ${process.platform} ${process.arch}: use npm install there.`,
    );
  if (
    existsSync(folder) &&
    readdirSync(folder).length > 0 &&
    !readText(path.join(folder, 'package.json')).includes(FOLDER_NAME)
  )
    throw new Error(`${folder} holds something else: name an empty folder or one that this script made.`);
  mkdirSync(folder, { recursive: true });
  rmSync(path.join(folder, 'node_modules'), { recursive: true, force: true });
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: FOLDER_NAME, private: true }));

  step(
    `Installing @tensorflow/tfjs-node ${TFJS_NODE} without its download`,
    'npm',
    [
      'install',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--omit=dev',
      `@tensorflow/tfjs-node@${TFJS_NODE}`,
    ],
    folder,
  );
  // One wheel whatever Python runs pip: only its C library is wanted.
  const wheels = path.join(folder, 'wheels');
  const platform = ['--python-version', '3.11', '--platform', 'manylinux2014_x86_64', '--only-binary=:all:'];
  step(
    `Downloading tensorflow-cpu ${TENSORFLOW} (230 MB)`,
    'python3',
    ['-m', 'pip', 'download', '--no-deps', ...platform, '--dest', wheels, `tensorflow-cpu==${TENSORFLOW}`],
    folder,
  );
  const wheel = readdirSync(wheels).find((name) => name.startsWith(`tensorflow_cpu-${TENSORFLOW}-`));
  step(
    'Unpacking its C library and headers (580 MB)',
    'python3',
    ['-c', UNPACK, path.join(wheels, wheel), path.join(built, 'deps')],
    folder,
  );
  // The wheel's library has the C API under the name of the C++ one; binding.gyp links -ltensorflow.
  const libraries = path.join(built, 'deps', 'lib');
  symlinkSync('libtensorflow_cc.so.2', path.join(libraries, 'libtensorflow.so'));
  symlinkSync('libtensorflow_framework.so.2', path.join(libraries, 'libtensorflow_framework.so'));

  // Without it node-gyp downloads Node's headers.
  const prefix = path.resolve(realpathSync(process.execPath), '..', '..');
  const hasHeaders = existsSync(path.join(prefix, 'include', 'node', 'node_api.h'));
  step(
    `Compiling the addon with ${hasHeaders ? `the headers of ${prefix}` : 'downloaded headers'}`,
    'npm',
    ['exec', '--no', '--', 'node-pre-gyp', 'install', '--build-from-source'],
    built,
    hasHeaders ? { npm_config_nodedir: prefix } : {},
  );
  const version = step('Loading it', process.execPath, ['-e', TRY], folder).trim().split('\n').at(-1);
  const given = positionals[0] ? ` ${positionals[0]}` : '';
  console.log(
    `@tensorflow/tfjs-node ${TFJS_NODE} on TensorFlow ${version} is in ${folder}. ` +
      `Use it here with: node bench/tfjs-node/build.mjs --link${given}`,
  );
}

/** Puts the built package where the workspace looks for its optional dependency. */
function makeLink() {
  if (!existsSync(built)) throw new Error(`${folder} holds no tfjs-node: build it first, without --link.`);
  if (isThere(link)) {
    // Where the package's own install failed, pnpm may leave a link to a folder without the package.
    if (!isOurs(link) && existsSync(path.join(link, 'package.json')))
      throw new Error(`${link} is installed already: nothing to link.`);
    rmSync(link);
  }
  // tfjs-node registers its backend with the tfjs-core that it resolves: that must be the workspace's.
  for (const name of readdirSync(scope)) {
    const copy = path.join(folder, 'node_modules', '@tensorflow', name);
    if (!isThere(copy)) continue;
    rmSync(copy, { recursive: true });
    symlinkSync(realpathSync(path.join(scope, name)), copy);
  }
  symlinkSync(built, link);
  console.log('Linked. Take it out with: node bench/tfjs-node/build.mjs --unlink');
}

function removeLink() {
  if (!isThere(link)) return console.log('It is not linked.');
  if (!isOurs(link)) throw new Error(`${link} is no link of this script's: it stays.`);
  rmSync(link);
  console.log('Unlinked.');
}

function isThere(file) {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** pnpm's links lead into the workspace's own node_modules, by relative paths; this script's do not. */
function isOurs(file) {
  return lstatSync(file).isSymbolicLink() && path.isAbsolute(readlinkSync(file));
}

function readText(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** Runs a command and returns what it printed; where it fails, its output becomes the error. */
function step(what, command, args, cwd, variables = {}) {
  console.error(`${what} …`);
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...variables },
    maxBuffer: 2 ** 28,
  });
  if (status === 0) return stdout;
  throw new Error(`${stdout ?? ''}${stderr ?? ''}${what}: failed${error ? ` (${error.message})` : ''}.`);
}
