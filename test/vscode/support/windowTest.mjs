// The packaged extension in a real VS Code, and somebody in front of its window.
import path from 'node:path';
import { test } from 'node:test';
import { root, startBrowser, startVSCode } from './vscode.mjs';
import { startVSCodeWeb } from './vscodeWeb.mjs';
import { Workbench } from './workbench.mjs';

/** Where and how VS Code is looked at. */
export const WINDOWS = [
  { host: 'remote', theme: 'Default Light Modern' },
  { host: 'remote', theme: 'Default Dark Modern' },
  { host: 'web', theme: 'Default Light Modern' },
];

/**
 * A test of steps in one window. Each step leaves a screenshot in out/screenshots, whether it passed or not: the names
 * begin with `about`.
 * @param {string} name
 * @param {{ host: string, theme: string, about?: string }} setting
 * @param {(window: {
 *   vscode: Awaited<ReturnType<typeof startVSCode>>,
 *   workbench: Workbench,
 *   step: (what: string, run: (page: import('playwright-core').Page) => Promise<unknown>) => Promise<void>,
 *   open: (file: string) => Promise<void>,
 * }) => Promise<void>} body `open` opens the workspace, and waits until the explorer shows the file.
 */
export function windowTest(name, { host, theme, about = '' }, body) {
  test(name, async (t) => {
    const isWeb = host === 'web';
    const vscode = isWeb
      ? await startVSCodeWeb()
      : await startVSCode({ vsix: path.join(root, 'ebpf-workbench.vsix'), theme });
    let browser;
    try {
      browser = await startBrowser();
      const workbench = new Workbench(await browser.newPage({ viewport: { width: 1440, height: 900 } }));
      const label = isWeb ? 'web' : theme.split(' ')[1].toLowerCase();
      let number = 0;
      const step = (what, run) =>
        t.test(what, async () => {
          try {
            await run(workbench.page);
          } finally {
            const place = String(++number).padStart(2, '0');
            await workbench.screenshot(`${about} ${label} ${place} ${what}`.trim().replaceAll(/\W+/g, '-'));
          }
        });
      const open = (file) => workbench.open(isWeb ? vscode.url : `${vscode.url}/?folder=${vscode.workspace}`, file);
      await body({ vscode, workbench, step, open });
    } finally {
      await browser?.close();
      await vscode.stop();
    }
  });
}
