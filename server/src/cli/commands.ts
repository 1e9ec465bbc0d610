import { CLASSIC_STYLES } from '../asm/classic/print.ts';
import { DIALECTS } from '../asm/dialects.ts';
import { LATEST, NEWEST, OLDEST } from '../kernel/releases.ts';
import { PROGRAM_TYPES } from '../kernel/programTypes.ts';
import type { CommandSpec, OptionSpec } from './arguments.ts';
import { C_OPTIONS } from './cOptions.ts';

const program: OptionSpec = { name: '--program', value: 'NAME', help: 'only this program of the file' };
const type: OptionSpec = {
  name: '--type',
  value: 'TYPE',
  help: 'program type of a raw instruction file: xdp, sched_cls, socket_filter, …',
  choices: PROGRAM_TYPES,
};
const kernel: OptionSpec = {
  name: '--kernel',
  value: 'VERSION',
  help: `kernel whose verdict is asked for: ${OLDEST} to ${LATEST} (default ${NEWEST})`,
};
const btf: OptionSpec = {
  name: '--btf',
  value: 'FILE',
  help: "types of that kernel: its BTF or vmlinux (default: this machine's, if it is that kernel)",
};
const help: OptionSpec = { name: '--help', short: '-h', value: null, help: 'show this help' };

const files =
  'FILE is a C source (.c), assembly (.bpfasm, .s, .asm), classic BPF (.cbpf), an ELF object, or raw instructions ' +
  '(.bin, with --type).';
const statuses =
  'Exit status: 0 all accepted or run, 1 something was refused, trapped or failed, 2 bad usage or unreadable input, ' +
  '3 nothing refused but something is unsupported.';

/** Every command with its options: the parser, the help texts and the documentation derive from this table. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: 'check',
    usage: 'FILE… [options]',
    summary: 'say what the kernel’s verifier would say, without a kernel',
    notes: [files, statuses],
    options: [
      kernel,
      program,
      type,
      {
        name: '--format',
        value: 'FORMAT',
        help: 'text (default), json, sarif or github',
        choices: ['text', 'json', 'sarif', 'github'],
      },
      {
        name: '--log',
        value: 'LEVEL',
        help: 'also print the verifier log: 1 the path to the error, 2 every state',
        choices: ['0', '1', '2'],
      },
      { name: '--privileged', value: null, help: 'as root would load it (default)' },
      { name: '--unprivileged', value: null, help: 'as a user without capabilities would load it' },
      btf,
      ...C_OPTIONS,
      help,
    ],
    least: 1,
    most: Number.POSITIVE_INFINITY,
  },
  {
    name: 'run',
    usage: 'FILE --events RECORDING [options]',
    summary: 'run a program over recorded packets and events',
    notes: [
      files,
      'RECORDING is a pcap or pcapng file or one in JSON Lines (docs/events.md), also compressed with gzip.',
      'EXPR compares return, verdict, length, index, insns and trap, joined by && and ||: "verdict==XDP_DROP && length>100".',
      'The maps file is JSON, described in docs/maps.md: {"rules": [{"key": "5000", "value": {"packets": 0}}]}.',
      'The world file is JSON, described in docs/world.md: {"routes": […], "mocks": {"bpf_get_prandom_u32": 4}}.',
      statuses,
    ],
    options: [
      { name: '--events', value: 'RECORDING', help: 'the recorded packets or events' },
      program,
      type,
      {
        name: '--engine',
        value: 'ENGINE',
        help: 'jit (default), interpreter, or both and compare',
        choices: ['jit', 'interpreter', 'both'],
      },
      { name: '--format', value: 'FORMAT', help: 'text (default), json or jsonl', choices: ['text', 'json', 'jsonl'] },
      { name: '--select', value: 'RANGES', help: 'run only these packets, counted from 0: 1-500 or 3,7-9' },
      { name: '--filter', value: 'EXPR', help: 'show only results that match' },
      { name: '--maps', value: 'FILE', help: 'contents of maps before the run' },
      { name: '--world', value: 'FILE', help: 'devices, routes, sockets, tasks and mocks that helpers answer from' },
      { name: '--seed', value: 'N', help: 'seed of the random numbers that helpers hand out' },
      { name: '--cpus', value: 'N', help: 'number of CPUs that per-CPU maps have' },
      { name: '--unverified', value: null, help: 'run although the verifier refuses; bad accesses trap' },
      {
        name: '--attached',
        value: null,
        help: 'socket filters see packets from the link header on, as on a packet socket',
      },
      { name: '--output-packets', value: 'FILE', help: 'write the packets after the program as pcapng' },
      { name: '--coverage', value: 'FILE', help: 'write how often each instruction ran, as JSON' },
      { name: '--profile', value: null, help: 'show which lines took how many instructions' },
      { name: '--budget', value: 'N', help: 'instructions an event may take before it is stopped (100000000)' },
      kernel,
      btf,
      ...C_OPTIONS,
      help,
    ],
    least: 1,
    most: 1,
  },
  {
    name: 'compile',
    usage: 'FILE.c [-o OUT] [options]',
    summary: 'turn C into an object that loaders read',
    notes: [
      'Headers are looked for beside the file that includes them, in the folders given, among the headers of eBPF ' +
        'Workbench itself and in those of this machine.',
      'Without -o the object is FILE.o in the current folder; asm and ir go to standard output.',
    ],
    options: [
      { name: '--output', short: '-o', value: 'OUT', help: 'file to write' },
      {
        name: '--emit',
        value: 'WHAT',
        help: 'object (default), asm: instructions below their lines, or ir: what they were made from',
        choices: ['object', 'asm', 'ir'],
      },
      ...C_OPTIONS,
      help,
    ],
    least: 1,
    most: 1,
  },
  {
    name: 'assemble',
    usage: 'FILE [-o OUT] [options]',
    summary: 'turn assembly into instructions',
    notes: ['Without -o the hex of the instructions goes to standard output. OUT ending in .bin gets the raw bytes.'],
    options: [
      { name: '--output', short: '-o', value: 'OUT', help: 'file to write' },
      { name: '--format', value: 'FORMAT', help: 'elf, hex or bin', choices: ['elf', 'hex', 'bin'] },
      {
        name: '--dialect',
        value: 'DIALECT',
        help: 'classic: the text is classic BPF whatever the file is called; the others are told apart without it',
        choices: ['pseudo-c', 'mnemonic', 'classic'],
      },
      program,
      help,
    ],
    least: 1,
    most: 1,
  },
  {
    name: 'disassemble',
    usage: 'FILE [options]',
    summary: 'print programs as assembly',
    notes: [files],
    options: [
      program,
      type,
      {
        name: '--dialect',
        value: 'DIALECT',
        help: 'pseudo-c (default), mnemonic, gnu, or classic for filters',
        choices: [...DIALECTS.map(({ name }) => name), 'classic'],
      },
      {
        name: '--style',
        value: 'STYLE',
        help: 'of classic BPF: d (default), dd or ddd as tcpdump prints it, asm as bpf_asm reads it',
        choices: CLASSIC_STYLES,
      },
      {
        name: '--format',
        value: 'FORMAT',
        help: 'listing (default), or file: text that assembles to the same bytes',
        choices: ['listing', 'file'],
      },
      { name: '--source', value: null, help: 'with the source lines that the object carries' },
      ...C_OPTIONS,
      help,
    ],
    least: 1,
    most: 1,
  },
  {
    name: 'conformance-plugin',
    usage: '[MEMORY_HEX] [options]',
    summary: 'plugin of the public bpf_conformance runner',
    notes: ['Reads the program as hex from standard input and prints r0 as hex.'],
    options: [
      { name: '--engine', value: 'ENGINE', help: 'jit (default) or interpreter', choices: ['jit', 'interpreter'] },
      { name: '--elf', value: null, help: 'the hex is an ELF object with one section of instructions' },
      help,
    ],
    least: 0,
    most: 1,
  },
  {
    name: 'lsp',
    usage: '--stdio',
    summary: 'language server for any editor',
    notes: [],
    options: [{ name: '--stdio', value: null, help: 'speak over standard input and output' }, help],
    least: 0,
    most: 0,
  },
  {
    name: 'dap',
    usage: '--stdio | --port N',
    summary: 'debug adapter for any editor',
    notes: [],
    options: [
      { name: '--stdio', value: null, help: 'speak over standard input and output' },
      { name: '--port', value: 'N', help: 'listen on this port of the local machine' },
      help,
    ],
    least: 0,
    most: 0,
  },
];
