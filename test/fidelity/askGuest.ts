/**
 * Asks another kernel than the running one: boots it in QEMU (emulated, so it needs no rights and touches nothing of this
 * machine) and has `kverify raw` load the captured programs of a corpus there. Its verdicts become
 * `verdicts-NAME.jsonl` of the corpus, and its types `types-NAME.btf`:
 *
 *   node test/fidelity/askGuest.ts --image vmlinuz --name 6.1 --corpus DIR [--unprivileged]
 *
 * The image is a distribution's own, for instance of Debian's linux-image packages (`apt-get download`, `dpkg -x`).
 * Needs qemu-system-x86_64, busybox-static, cpio and static libraries of libbpf, libelf and zlib.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { buildTool } from '../support/buildTool.ts';

const KVERIFY = path.resolve(import.meta.dirname, '../support/kverify.c');
const BUSYBOX = '/bin/busybox';
/** An emulated kernel is some twenty times slower than a real one. */
const LIMIT_MS = 3_600_000;

interface Guest {
  readonly image: string;
  readonly corpus: string;
  readonly name: string;
  readonly unprivileged: boolean;
}

async function askGuest(guest: Guest): Promise<void> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'guest-'));
  try {
    const disk = makeDisk(folder, guest);
    const verdicts = path.join(folder, 'verdicts');
    const types = path.join(folder, 'types');
    const said = await boot(guest, disk, [path.join(folder, 'console'), verdicts, types]);
    if (process.env['GUEST_CONSOLE'] === '1') console.error(said);
    if (!said.includes('ASKED')) throw new Error(`the guest did not come to its end:\n${said.slice(-2000)}`);
    const suffix = guest.unprivileged ? `${guest.name}-unprivileged` : guest.name;
    copyFileSync(verdicts, path.join(guest.corpus, `verdicts-${suffix}.jsonl`));
    copyFileSync(types, path.join(guest.corpus, `types-${guest.name}.btf`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The guest's first and only file system: its tools, the programs, and a script that asks and turns it off. */
function makeDisk(folder: string, { corpus, unprivileged }: Guest): string {
  const root = path.join(folder, 'root');
  for (const name of ['bin', 'btf', 'dev', 'proc', 'sys', 'tmp']) mkdirSync(path.join(root, name), { recursive: true });
  copyFileSync(BUSYBOX, path.join(root, 'bin/busybox'));
  const libraries = ['-static', '-Wl,--wrap=syscall', '-lbpf', '-lelf', '-lz'];
  copyFileSync(buildTool(KVERIFY, libraries), path.join(root, 'bin/kverify'));
  copyFileSync(path.join(corpus, 'capture.jsonl'), path.join(root, 'programs.jsonl'));
  const types = path.join(corpus, 'btf');
  if (existsSync(types)) cpSync(types, path.join(root, 'btf'), { recursive: true });
  writeFileSync(path.join(root, 'init'), initScript(unprivileged));
  chmodSync(path.join(root, 'init'), 0o755);
  const disk = path.join(folder, 'disk.gz');
  const pack = `cd '${root}' && find . | cpio -o -H newc --quiet | gzip -1 > '${disk}'`;
  execFileSync('sh', ['-c', pack], { stdio: ['ignore', 'ignore', 'inherit'] });
  return disk;
}

function initScript(unprivileged: boolean): string {
  return `#!${BUSYBOX} sh
b=${BUSYBOX}
$b mount -t proc proc /proc; $b mount -t sysfs sys /sys; $b mount -t devtmpfs dev /dev
echo 0 > /proc/sys/kernel/unprivileged_bpf_disabled
ulimit -l unlimited
for tty in 1 2; do $b stty -F /dev/ttyS$tty raw -echo; done
/bin/kverify raw --btfdir /btf ${unprivileged ? '--unpriv ' : ''}< /programs.jsonl > /dev/ttyS1 2> /dev/ttyS0
$b cat /sys/kernel/btf/vmlinux > /dev/ttyS2
echo ASKED > /dev/ttyS0
$b poweroff -f
`;
}

/** Runs the guest to its end; what it said on its console. Each serial line goes to a file. */
async function boot({ image }: Guest, disk: string, lines: readonly string[]): Promise<string> {
  const serial = lines.flatMap((file) => ['-serial', `file:${file}`]);
  const append = 'console=ttyS0 quiet panic=-1 mitigations=auto';
  const machine = ['-accel', 'tcg', '-cpu', 'max', '-m', '3072', '-display', 'none', '-monitor', 'none', '-no-reboot'];
  const args = [...machine, '-kernel', image, '-initrd', disk, '-append', append, ...serial];
  const child = spawn('qemu-system-x86_64', args, { stdio: 'ignore' });
  const timer = setTimeout(() => child.kill(), LIMIT_MS);
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      resolve();
    });
  });
  clearTimeout(timer);
  return readFileSync(lines[0] ?? '', 'utf8');
}

const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    name: { type: 'string' },
    corpus: { type: 'string' },
    unprivileged: { type: 'boolean', default: false },
  },
});
if (values.image === undefined || values.name === undefined || values.corpus === undefined) {
  console.error('usage: askGuest.ts --image VMLINUZ --name VERSION --corpus DIR [--unprivileged]');
  process.exitCode = 2;
} else await askGuest({ ...values, image: values.image, name: values.name, corpus: values.corpus });
