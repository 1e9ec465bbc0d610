// The main job in one command: build, then ask for the verdict on two examples and run one over its capture.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const node = (...args) => spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
const show = (...args) => {
  console.log(`\n$ ebpf-workbench ${args.join(' ')}\n`);
  return node('dist/cli.js', ...args);
};

if (node('esbuild.mjs') !== 0) process.exit(1);
const program = 'examples/xdp-count-protocols.bpfasm';
const statuses = [
  show('check', 'examples/xdp-parser-unchecked.bpfasm'),
  show('check', program),
  show('run', program, '--events', 'examples/captures/mixed.pcap'),
];
// The first program is one that Linux refuses: 1 is the right answer there.
const expected = [1, 0, 0];
process.exitCode = statuses.every((status, index) => status === expected[index]) ? 0 : 1;
