import { METHODS, type Method, runSchema } from '@mikt/algos';
import { describeConfig } from '@mikt/core';
import type { createProgram } from '../../apps/cli/src/program.js';

type Command = ReturnType<typeof createProgram>;
type Argument = Command['registeredArguments'][number];
type Option = Command['options'][number];

/** The reference of every command: how it is called, its arguments and options. */
export function describeCommands(program: Command): string {
  return leaves(program)
    .map(({ command, name }) => {
      const { registeredArguments, options } = command;
      return [
        `## ${name}\n`,
        `${sentence(command.description())}\n`,
        `\`\`\`text\n${[name, ...(options.length > 0 ? ['[options]'] : []), ...registeredArguments.map(shown)].join(' ')}\n\`\`\`\n`,
        table(
          ['Argument or option', 'Default', 'Meaning'],
          [
            ...registeredArguments.map((argument) => row(`\`${shown(argument)}\``, argument)),
            ...options.map((option) => row(`\`${option.flags}\``, option)),
          ],
        ),
      ].join('\n');
    })
    .join('\n\n');
}

/** Every configuration key of every method; one that means the same in several is listed once. */
export function describeKeys(): string {
  const rows = new Map<string, { readonly cells: string[]; readonly methods: string[] }>();
  for (const [name, method] of Object.entries(METHODS)) {
    for (const { key, default: value, description } of describeConfig(runSchema(method))) {
      if (key === 'env' || key === 'algo') continue;
      const cells = [`\`${JSON.stringify(value)}\``, cell(description)];
      const id = JSON.stringify([key, cells]);
      const known = rows.get(id);
      if (known) known.methods.push(name);
      else rows.set(id, { cells: [`\`${key}\``, ...cells], methods: [name] });
    }
  }
  const all = Object.keys(METHODS).length;
  return table(
    ['Key', 'Default', 'Meaning', 'Methods'],
    [...rows.values()].map(({ cells, methods }) => [
      ...cells,
      methods.length === all ? 'all' : methods.join(', '),
    ]),
  );
}

/** What every preset sets. */
export function describePresets(): string {
  const setting = (preset: Method['presets'][string]) =>
    Object.entries(preset)
      .map(([key, value]) => `\`${key}=${JSON.stringify(value).replaceAll('"', '')}\``)
      .join(', ');
  return table(
    ['Method', 'Preset', 'Sets'],
    Object.entries(METHODS).flatMap(([name, { presets }]) =>
      Object.entries(presets).map(([preset, values]) => [
        `\`${name}\``,
        `\`${preset}\``,
        setting(values) || 'nothing: the defaults',
      ]),
    ),
  );
}

/** Every command that does something, with its whole name. */
function leaves(command: Command, before: readonly string[] = []): { command: Command; name: string }[] {
  const name = [...before, command.name()];
  const below = command.commands.flatMap((each) => leaves(each, name));
  const acts = command.registeredArguments.length > 0 || command.commands.length === 0;
  return [...(acts ? [{ command, name: name.join(' ') }] : []), ...below];
}

function shown(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** The default is an option's own, or what its description says in brackets at the end. */
function row(
  shown: string,
  { description, defaultValue, defaultValueDescription, ...rest }: Argument | Option,
): string[] {
  const [, text, said] = /^(.*?)(?:\s*\(default: (.*)\))?$/s.exec(description) as unknown as [
    string,
    string,
    string?,
  ];
  const own =
    defaultValueDescription ?? (defaultValue === undefined ? undefined : `\`${String(defaultValue)}\``);
  const isNegated = 'negate' in rest && rest.negate;
  const isRequired = 'flags' in rest ? rest.mandatory : rest.required;
  const choices = rest.argChoices ? `: ${rest.argChoices.map((choice) => `\`${choice}\``).join(', ')}` : '';
  return [shown, isRequired ? 'required' : isNegated ? '' : (own ?? cell(said ?? '')), cell(text + choices)];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1).replace(/\.$/, '')}.`;
}
