// What a person does in VS Code's window, by selectors which have stayed the same for years.
import path from 'node:path';
import { root } from './vscode.mjs';

export class Workbench {
  /** @param {import('playwright-core').Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(30_000);
    this.editor = page.locator('.editor-instance .monaco-editor').first();
    this.squiggles = page.locator('.monaco-editor .squiggly-error');
    // In the notification center: under test VS Code shows no toasts.
    this.notifications = page.locator('.notifications-center .notification-list-item');
  }

  /** Opens `url` and waits until the file explorer shows `file`. */
  async open(url, file) {
    await this.page.goto(url);
    await this.page.locator('.monaco-workbench').waitFor();
    await this.page.locator('.explorer-folders-view').getByRole('treeitem', { name: file }).waitFor();
  }

  async openFile(name) {
    await this.page.locator('.explorer-folders-view').getByRole('treeitem', { name }).dblclick();
    await this.page.locator('.tab.active').filter({ hasText: name }).waitFor();
    await this.editor.locator('.view-line').first().waitFor();
  }

  /** Runs a command by its full title, as shown in the command palette. */
  async run(title) {
    const input = this.page.locator('.quick-input-widget:visible input[type=text]');
    await this.page.keyboard.press('F1');
    await input.fill(`>${title}`);
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.getByText(title, { exact: true }) })
      .first()
      .click();
  }

  async goToLine(line, column = 1) {
    const input = this.page.locator('.quick-input-widget:visible input[type=text]');
    await this.page.keyboard.press('Control+G');
    await input.fill(`:${line}:${column}`);
    await this.page.keyboard.press('Enter');
  }

  /**
   * Clicks a button of the debug toolbar. This waits until the button is enabled, that is, until VS Code has taken in
   * the last stop; its keyboard shortcut would be lost if it came before.
   */
  async debug(button) {
    await this.page.getByRole('button', { name: new RegExp(`^${button}`) }).click();
  }

  /** Rests the mouse on a word of a line. By its place, because Playwright's own hover scrolls the window sideways. */
  async rest(line, word) {
    const place = this.editor.locator('.view-line', { hasText: line }).first().getByText(word, { exact: true }).first();
    await place.waitFor();
    // The editor draws a line anew when colours or diagnostics arrive: then there is no box for a moment.
    let box = await place.boundingBox();
    for (let attempt = 0; box === null && attempt < 50; attempt++) {
      await this.page.waitForTimeout(100);
      box = await place.boundingBox();
    }
    if (box === null) throw new Error(`${word} in "${line}" is nowhere to be seen`);
    const hover = this.page.locator('.monaco-hover:visible').first();
    for (let attempt = 0; attempt < 10 && !(await hover.isVisible()); attempt++) {
      await this.page.mouse.move(box.x + 300, box.y + 400);
      await this.page.mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
      await hover.waitFor({ timeout: 3000 }).catch(() => {});
    }
  }

  /** A row of the Variables view, by what it shows: name and value. */
  variable(text) {
    return this.page.getByRole('tree', { name: 'Debug Variables' }).getByRole('treeitem', { name: text }).first();
  }

  /** Expands a view. VS Code always starts with extensions' views in Explorer, Source Control and Run and Debug collapsed. */
  async expand(name) {
    const header = this.page.locator('.pane-header').filter({ hasText: name });
    if ((await header.getAttribute('aria-expanded')) !== 'true') await header.click();
  }

  /** The page inside the extension's webview panel. VS Code keeps webviews beside the workbench, not in the editor or view. */
  panel(extension) {
    return this.#webview(`iframe.webview.ready[src*="extensionId=${extension}"]:not([src*="purpose="])`);
  }

  /** The page inside the extension's webview view. */
  view(extension) {
    return this.#webview(`iframe.webview.ready[src*="extensionId=${extension}"][src*="purpose=webviewView"]`);
  }

  #webview(selector) {
    return this.page.frameLocator(selector).frameLocator('iframe#active-frame');
  }

  async screenshot(name) {
    await this.page.screenshot({ path: path.join(root, 'out/screenshots', `${name}.png`) });
  }
}
