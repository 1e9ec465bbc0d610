// Starts a real VS Code (code-server from npm, see tools/vscode) and a real browser for tests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

export const root = path.resolve(fileURLToPath(import.meta.url), '../../../..');
/** The workspace which the tests open; each run has a copy of its own. */
export const fixture = path.join(root, 'test/vscode/workspace');
export const vscodeTools = path.join(root, 'tools/vscode');
const entry = process.env.CODE_SERVER_ENTRY ?? path.join(vscodeTools, 'node_modules/code-server/out/node/entry.js');
const node = process.env.CODE_SERVER_NODE ?? process.execPath;

/** Settings which keep the window quiet and the same every time. */
export const settings = {
  'chat.disableAIFeatures': true,
  'debug.toolBarLocation': 'docked',
  'editor.minimap.enabled': false,
  'extensions.autoCheckUpdates': false,
  'files.autoSave': 'off', // VS Code in a browser saves by itself otherwise
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'editor.stickyScroll.enabled': false,
  'window.commandCenter': false,
  'workbench.colorTheme': 'Default Light Modern',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

/** Not in code-server before 4.135, some of which we test with too. */
const newerOptions =
  existsSync(entry) && Number(createRequire(entry)('../../package.json').version.split('.')[1]) >= 135
    ? [
        '--reconnection-grace-time=5',
        // Without this VS Code ignores extensionDevelopmentPath and extensionTestsPath in the URL. 4.117 and older do not
        // ask for it; 4.133 does and has no way to say it.
        '--vscode-option=enable-smoke-test-driver',
      ]
    : [];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Everything code-server keeps goes into a new temporary folder, so that no run sees another's state. */
async function makeHome(theme) {
  const home = await mkdtemp(path.join(tmpdir(), 'vscode-test-'));
  await mkdir(path.join(home, 'user/User'), { recursive: true });
  await writeFile(
    path.join(home, 'user/User/settings.json'),
    JSON.stringify({ ...settings, 'workbench.colorTheme': theme ?? settings['workbench.colorTheme'] }, null, 2),
  );
  await cp(fixture, path.join(home, 'ws'), { recursive: true });
  return home;
}

function commonArguments(home) {
  return [
    '--user-data-dir',
    path.join(home, 'user'),
    '--extensions-dir',
    path.join(home, 'extensions'),
    '--config',
    path.join(home, 'config.yaml'),
  ];
}

function environment(home) {
  return {
    ...process.env,
    HOME: home,
    TMPDIR: home,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
    VSCODE_IPC_HOOK_CLI: '',
    EXTENSIONS_GALLERY: '{}',
  };
}

async function runToEnd(home, args) {
  const child = spawn(node, [entry, ...commonArguments(home), ...args], {
    env: environment(home),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`code-server ${args.join(' ')} exited with ${code}:\n${output}`);
  return output;
}

/** @param {{ vsix?: string, theme?: string }} [options] */
export async function startVSCode({ vsix, theme } = {}) {
  if (!existsSync(entry)) throw new Error(`No VS Code at ${entry}: run \`npm run vscode:install\` first.`);
  const home = await makeHome(theme);
  await writeFile(path.join(home, 'config.yaml'), 'auth: none\n');
  if (vsix !== undefined) await runToEnd(home, ['--install-extension', vsix]);

  const port = await freePort();
  const server = spawn(
    node,
    [
      entry,
      ...commonArguments(home),
      '--auth=none',
      `--bind-addr=127.0.0.1:${port}`,
      '--disable-telemetry',
      '--disable-update-check',
      '--disable-workspace-trust',
      '--disable-getting-started-override',
      ...newerOptions,
    ],
    // A process group of its own: the extension host and the servers which it starts outlive code-server for a while.
    { env: environment(home), stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  const signal = (name) => {
    try {
      return process.kill(-server.pid, name);
    } catch {
      return false; // none is left
    }
  };
  const kill = () => signal('SIGKILL');
  process.on('exit', kill);
  let log = '';
  server.stdout.on('data', (chunk) => (log += chunk));
  server.stderr.on('data', (chunk) => (log += chunk));

  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt++) {
    if (server.exitCode !== null || attempt > 300) throw new Error(`code-server did not start:\n${log}`);
    const ready = await fetch(`${url}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    await sleep(100);
  }

  return {
    url,
    workspace: path.join(home, 'ws'),
    home,
    log: () => log,
    async stop() {
      process.off('exit', kill);
      for (let attempt = 0; signal(attempt < 10 ? 'SIGTERM' : 'SIGKILL'); attempt++) await sleep(100);
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** @returns {Promise<import('playwright-core').Browser>} */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: process.env.HEADED === undefined,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--lang=en-US'],
  });
}
