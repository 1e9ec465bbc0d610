// The packaged extension in a real VS Code, driven through its window as a person would. Screenshots of the last run
// lie in out/screenshots.
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { capture } from './support/capture.mjs';
import { root } from './support/vscode.mjs';
import { WINDOWS, windowTest } from './support/windowTest.mjs';

const extension = 'ebpf-workbench.ebpf-workbench';
const BIG = 100_000;

await rm(path.join(root, 'out/screenshots'), { recursive: true, force: true });

for (const { host, theme } of WINDOWS) {
  const name = host === 'web' ? 'in VS Code for the Web' : `in VS Code, ${theme}`;
  windowTest(name, { host, theme }, async ({ vscode, workbench, step, open }) => {
    if (host === 'remote') {
      await mkdir(path.join(vscode.workspace, 'large'));
      await writeFile(path.join(vscode.workspace, 'large/big.pcap'), capture(BIG));
    }

    await step('opens the workspace', () => open('unchecked.bpfasm'));

    await step('marks a packet access without a bounds check', async (page) => {
      await workbench.openFile('unchecked.bpfasm');
      await workbench.squiggles.first().waitFor();
      assert.equal(await workbench.squiggles.count(), 1);
      await workbench.rest('r2 + 23', 'r5');
      await page
        .locator('.monaco-hover:visible')
        .getByText('invalid access to packet, off=23 size=1')
        .first()
        .waitFor();
    });

    await step('the mark vanishes once the check is written', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.goToLine(11);
      await page.keyboard.press('Home');
      await page.keyboard.type('if r4 > r3 goto pass');
      await page.keyboard.press('Escape'); // else Enter may take the suggestion
      await page.keyboard.press('Enter');
      await workbench.squiggles.first().waitFor({ state: 'detached' });
      await page.keyboard.press('Control+S');
    });

    await step('a hover tells what the verifier knows of a register', async (page) => {
      await workbench.rest('r2 + 23', 'r2');
      await page.locator('.monaco-hover:visible').getByText('pkt(r=34)').first().waitFor();
    });

    await step('completes helpers', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.goToLine(17);
      await workbench.run('Insert Line Below');
      await page.keyboard.type('call bpf_ktime');
      await page.locator('.suggest-widget.visible').getByText('bpf_ktime_get_ns').first().waitFor();
    });

    await step('debugs over a capture, stops at a breakpoint', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.run('File: Revert File');
      await workbench.openFile('filter.bpfasm');
      await workbench.goToLine(15);
      await page.keyboard.press('F9');
      await workbench.run('eBPF: Debug Program');
      await page.locator('.debug-top-stack-frame-line').first().waitFor();
      await workbench.run('View: Show Run and Debug');
      await workbench.debug('Continue');
      await workbench.variable(/^r5.*8/).waitFor();
    });

    await step('steps forward and sees a register change', async () => {
      await workbench.debug('Step Over');
      await workbench.variable(/^r5.*6/).waitFor();
    });

    await step('steps back', async () => {
      await workbench.debug('Step Back');
      await workbench.variable(/^r5.*8/).waitFor();
    });

    await step('goes to the next event', async (page) => {
      await workbench.debug('Next Event');
      await page.locator('.debug-call-stack').getByText('event 2/20').first().waitFor();
    });

    await step('shows the disassembly', async (page) => {
      await workbench.run('Open Disassembly View');
      await page.locator('.disassembly-view').getByText('<drop_udp+0>').first().waitFor();
    });

    await step('stops debugging', async (page) => {
      await workbench.debug('Stop');
      await page.locator('.debug-top-stack-frame-line').first().waitFor({ state: 'detached' });
      await workbench.run('View: Close All Editors');
      await workbench.run('View: Hide Panel');
      await workbench.run('View: Show Explorer');
    });

    await step('runs over a capture and shows the result', async (page) => {
      await workbench.openFile('filter.bpfasm');
      await workbench.run('eBPF: Run Program on Recorded Events');
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'traffic.pcap' }).click();
      const panel = workbench.panel(extension);
      await panel.getByRole('heading', { name: /drop_udp/ }).waitFor();
      await panel.getByRole('button', { name: /XDP_PASS\s*16/ }).waitFor();
      await panel.getByText('192.0.2.1:50000 → 198.51.100.7:443 TCP').first().waitFor();
      await panel.getByText('2 → 16').waitFor();
    });

    await step('filters the events and opens one', async () => {
      const panel = workbench.panel(extension);
      await panel.getByRole('button', { name: /XDP_DROP/ }).click();
      await panel.getByText('TCP [SYN]').first().waitFor({ state: 'detached' });
      await panel.locator('.rows .row').first().click();
      await panel.getByRole('heading', { name: 'Event 2: XDP_DROP' }).waitFor();
    });

    if (host === 'remote')
      await step('runs over 100,000 packets', async (page) => {
        await workbench.run('View: Close All Editors');
        await workbench.openFile('filter.bpfasm');
        await workbench.run('eBPF: Run Program on Recorded Events');
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'big.pcap' }).click();
        const panel = workbench.panel(extension);
        await panel.getByText('100,000').first().waitFor();
        await panel.getByRole('grid').focus();
        await page.keyboard.press('End');
        await panel.locator('.rows .row.selected').getByText('100,000').waitFor();
      });

    if (host === 'remote')
      await step('a long run shows how far it is, and where it was when it is cancelled', async (page) => {
        await workbench.run('View: Close All Editors');
        await workbench.openFile('slow.bpfasm');
        await workbench.run('eBPF: Run Program on Recorded Events');
        await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'big.pcap' }).click();
        await workbench.run('Notifications: Show Notifications');
        const progress = workbench.notifications.filter({ hasText: 'Running slow' });
        await progress
          .getByText(/[1-9][\d,]* events/)
          .first()
          .waitFor();
        await workbench.screenshot(`${theme.includes('Dark') ? 'dark' : 'light'}-progress`);
        await progress.getByRole('button', { name: 'Cancel' }).click();
        await progress.waitFor({ state: 'detached' });
        // What was done until then is shown, with the place where it was stopped.
        await page.locator('.tab').filter({ hasText: 'Run: slow' }).waitFor();
        const panel = workbench.panel(extension);
        await panel
          .getByText(/Stopped (?:in|before) event [\d,]+/)
          .first()
          .waitFor();
        await workbench.screenshot(`${theme.includes('Dark') ? 'dark' : 'light'}-stopped`);
      });

    await step('a run of a program that the kernel would refuse says so', async (page) => {
      await workbench.run('View: Close All Editors');
      await workbench.openFile('unchecked.bpfasm');
      await workbench.goToLine(11);
      await page.keyboard.press('Control+Shift+K');
      await page.keyboard.type('    r5 = *(u8 *)(r2 + 99)');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await workbench.run('eBPF: Run Program on Recorded Events');
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'traffic.pcap' }).click();
      const panel = workbench.panel(extension);
      await panel.getByText('The kernel would not load this program').first().waitFor();
      await panel.locator('.rows .row').first().click();
      await panel.getByRole('heading', { name: 'Event 1: trap' }).waitFor();
    });
  });
}
