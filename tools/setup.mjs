// What the tests in a real VS Code need besides npm packages. Each is installed only where it is missing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const candidates = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser to drive VS Code with, or null. */
export function chromiumPath() {
  return candidates.find((file) => file && existsSync(file)) ?? null;
}

export async function installVSCode() {
  const entry =
    process.env.CODE_SERVER_ENTRY ?? path.join(root, 'tools/vscode/node_modules/code-server/out/node/entry.js');
  const inner = path.join(root, 'tools/vscode/node_modules/code-server/lib/vscode/node_modules/vscode-oniguruma');
  if (existsSync(entry) && (process.env.CODE_SERVER_ENTRY || existsSync(inner))) return;
  console.log('Installing VS Code (code-server) from npm: about 600 MB, half a minute …');
  const { status } = spawnSync(process.execPath, [path.join(root, 'tools/vscode/install.mjs')], { stdio: 'inherit' });
  if (status !== 0) throw new Error('VS Code could not be installed; see above.');
}

/** Debian and its relatives, as root: the one place where we can install a browser without asking. */
export async function installChromium() {
  if (chromiumPath() !== null || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return;
  console.log('Installing chromium with apt-get …');
  const apt = (...args) =>
    spawnSync('apt-get', args, { stdio: 'inherit', env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } });
  apt('update', '-qq');
  apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
}
