// The instructions of a C source beside it, in a real VS Code, as a person sees them. Screenshots of the last run lie in
// out/screenshots.
import assert from 'node:assert/strict';
import { WINDOWS, windowTest } from './support/windowTest.mjs';

for (const { host, theme } of [...WINDOWS, { host: 'remote', theme: 'Default High Contrast' }]) {
  const name = `Instructions beside the source, ${host}, ${theme}`;
  windowTest(name, { host, theme, about: 'instructions' }, async ({ workbench, step, open }) => {
    workbench.page.setDefaultTimeout(90_000);
    const editors = () => workbench.page.locator('.editor-instance .monaco-editor');
    /** Lines of an editor that carry a mark of ours. VS Code names the classes of decorations by itself. */
    const marks = (index) => editors().nth(index).locator('.view-overlays .cdr[class*="ced-"]');

    /** A line of the instructions. VS Code writes blanks as non-breaking ones. */
    const line = (text) => editors().nth(1).locator('.view-line').filter({ hasText: text }).first();

    await step('opens beside the source', async (page) => {
      await open('flows.bpf.c');
      await workbench.openFile('flows.bpf.c');
      await page.getByRole('button', { name: 'Show Generated Instructions' }).first().click();
      await page.locator('.tab').filter({ hasText: 'flows.bpf.c (instructions)' }).waitFor();
      await editors().nth(1).getByText('drop_udp').first().waitFor();
    });

    await step('marks the instructions of the expression under the cursor', async () => {
      await workbench.goToLine(38, 38);
      await marks(1).nth(4).waitFor();
      await marks(0).first().waitFor();
    });

    await step('marks what a call was inlined to', async () => {
      await workbench.goToLine(43, 3);
      await marks(1).nth(10).waitFor();
    });

    await step('marks the expression and the call of an instruction', async (page) => {
      await line(/call\sbpf_map_lookup_elem/).click();
      await marks(0).nth(1).waitFor();
      await page.waitForTimeout(300);
    });

    await step('shows the instruction that the verifier refuses', async (page) => {
      await workbench.run('View: Close All Editors');
      await workbench.openFile('unchecked.bpf.c');
      await workbench.squiggles.first().waitFor();
      await workbench.run('eBPF: Show Generated Instructions');
      const refused = line(/\*\(u8\s\*\)\(r2\s\+23\)/);
      await refused.waitFor();
      await workbench.goToLine(15, 6);
      await workbench.restOn(refused, 140);
      await page.locator('.monaco-hover:visible').getByText('invalid access to packet').first().waitFor();
    });

    await step('keeps the instructions while the source has errors', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.goToLine(17);
      await page.keyboard.press('Home');
      await page.keyboard.type('x = ');
      await editors().nth(1).getByText('has errors').first().waitFor();
      await page.waitForTimeout(1000);
      const opacity = await editors()
        .nth(1)
        .locator('.view-line span span')
        .last()
        .evaluate((element) => getComputedStyle(element).opacity);
      assert.ok(Number(opacity) < 1, `opacity ${opacity}`);
      await workbench.run('File: Revert File');
    });
  });
}
