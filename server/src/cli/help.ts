import type { CommandSpec, OptionSpec } from './arguments.ts';
import { COMMANDS } from './commands.ts';
import { columns, wrap } from './style.ts';

/** Help of one command. */
export function commandHelp(spec: CommandSpec): string {
  const shown = spec.options.filter((option) => option.unsupported === undefined);
  const options = columns(shown.map((option) => [`  ${optionTitle(option)}`, option.help]));
  const notes = spec.notes.map((note) => `\n${wrap(note, 88)}\n`);
  return `ebpf-workbench ${spec.name}: ${spec.summary}\n\nUsage: ebpf-workbench ${spec.name} ${spec.usage}\n\n${options.join('\n')}\n${notes.join('')}`;
}

export function generalHelp(): string {
  const commands = columns(COMMANDS.map((spec) => [`  ${spec.name}`, spec.summary]));
  return (
    'eBPF Workbench: verify, run and debug eBPF without a kernel\n\n' +
    `Usage: ebpf-workbench COMMAND …\n\n${commands.join('\n')}\n\n` +
    '  --version  show the version\n\nebpf-workbench COMMAND --help tells more.\n'
  );
}

function optionTitle(option: OptionSpec): string {
  const names = option.short === undefined ? option.name : `${option.short}, ${option.name}`;
  return option.value === null ? names : `${names} ${option.value}`;
}
