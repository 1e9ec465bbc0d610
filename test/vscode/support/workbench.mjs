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

  /** Rests the mouse on a word of a line. */
  async rest(line, word) {
    await this.restOn(
      this.editor.locator('.view-line', { hasText: line }).first().getByText(word, { exact: true }).first(),
    );
  }

  /**
   * Rests the mouse on something, so many pixels from its left or in its middle, until a hover shows. By its place,
   * because Playwright's own hover scrolls the window sideways.
   * @param {import('playwright-core').Locator} place
   * @param {number} [fromLeft]
   */
  async restOn(place, fromLeft) {
    await place.waitFor();
    const hover = this.page.locator('.monaco-hover:visible').first();
    for (let attempt = 0; attempt < 10 && !(await hover.isVisible()); attempt++) {
      const box = await this.#boxOf(place);
      await this.page.mouse.move(box.x + 300, box.y + 400);
      await this.page.mouse.move(box.x + (fromLeft ?? box.width / 2), box.y + box.height / 2, { steps: 4 });
      await hover.waitFor({ timeout: 3000 }).catch(() => {});
    }
  }

  /** The editor draws a line anew when colours or diagnostics arrive: then there is no box for a moment. */
  async #boxOf(place) {
    for (let attempt = 0; attempt < 50; attempt++) {
      const box = await place.boundingBox();
      if (box !== null) return box;
      await this.page.waitForTimeout(100);
    }
    throw new Error(`${place} is nowhere to be seen`);
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
