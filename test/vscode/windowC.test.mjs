// Programs in C in a real VS Code, driven through its window as a person would. Screenshots of the last run lie in
// out/screenshots.
import assert from 'node:assert/strict';
import { WINDOWS, windowTest } from './support/windowTest.mjs';

const extension = 'ebpf-workbench.ebpf-workbench';

for (const { host, theme } of WINDOWS) {
  windowTest(`C in VS Code, ${host}, ${theme}`, { host, theme, about: 'c' }, async ({ workbench, step, open }) => {
    await step('opens the workspace', () => open('unchecked.bpf.c'));

    await step('runs over a capture and shows the result', async (page) => {
      await workbench.openFile('flows.bpf.c');
      await workbench.run('eBPF: Run Program on Recorded Events');
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: 'traffic.pcap' }).click();
      const panel = workbench.panel(extension);
      await panel.getByRole('heading', { name: /drop_udp/ }).waitFor();
      await panel.getByRole('button', { name: /XDP_PASS\s*16/ }).waitFor();
      await panel.getByText('{proto = 6, length = 60}').waitFor();
    });

    await step('closes the result', () => workbench.run('View: Close All Editors'));

    await step('marks the expression that the verifier refuses', async (page) => {
      await workbench.openFile('unchecked.bpf.c');
      await workbench.squiggles.first().waitFor();
      assert.equal(await workbench.squiggles.count(), 1);
      await workbench.rest('ip->protocol == 1', 'protocol');
      await page
        .locator('.monaco-hover:visible')
        .getByText('invalid access to packet, off=23 size=1')
        .first()
        .waitFor();
    });

    await step('lists it with the way there', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.run('View: Focus Problems (Errors, Warnings, Infos)');
      await page.locator('.markers-panel').getByText('is loaded here from the context').first().waitFor();
    });

    await step('marks what does not compile', async (page) => {
      await workbench.run('View: Hide Panel');
      await workbench.goToLine(17);
      await page.keyboard.press('Home');
      await page.keyboard.type('ip->protocl = 1;');
      await page.keyboard.press('Escape');
      await page.keyboard.press('Enter');
      await workbench.rest('ip->protocl', 'protocl');
      await page.locator('.monaco-hover:visible').getByText("did you mean 'protocol'?").first().waitFor();
    });

    await step('completes members', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.run('File: Revert File');
      await workbench.goToLine(10);
      await workbench.run('Insert Line Below');
      await page.keyboard.type('__u32 queue = ctx->');
      await page.locator('.suggest-widget.visible').getByText('rx_queue_index').first().waitFor();
    });

    await step('a hover tells of a helper', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.run('File: Revert File');
      await workbench.openFile('flows.bpf.c');
      await workbench.rest('bpf_map_lookup_elem', 'bpf_map_lookup_elem');
      await page.locator('.monaco-hover:visible').getByText('bpf_map_lookup_elem').first().waitFor();
    });

    await step('goes to a definition in our own headers', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.goToLine(35, 14);
      await page.keyboard.press('F12');
      await page.locator('.tab.active').filter({ hasText: 'if_ether.h' }).waitFor();
      await page.keyboard.press('Control+F4');
    });

    await step('stops at a breakpoint, with its locals', async (page) => {
      await workbench.run('View: Close All Editors');
      await workbench.openFile('flows.bpf.c');
      await workbench.goToLine(43);
      await page.keyboard.press('F9');
      await workbench.run('eBPF: Debug Program');
      await page.locator('.debug-top-stack-frame-line').first().waitFor();
      await workbench.run('View: Show Run and Debug');
      await workbench.debug('Continue');
      await workbench.variable(/^key.*proto = 6/).waitFor();
      await workbench.variable(/^eth/).click();
      await page.keyboard.press('ArrowRight');
      await workbench.variable(/^h_proto/).waitFor();
    });

    await step('steps into an inlined function', async () => {
      await workbench.debug('Step Into');
      await workbench.variable(/^known/).waitFor();
    });

    await step('stops there for the next event', async (page) => {
      await workbench.debug('Continue');
      await page.locator('.debug-call-stack').getByText('event 2/20').first().waitFor();
      await workbench.variable(/^key.*proto = 17/).waitFor();
    });

    await step('stops debugging', async (page) => {
      await page.keyboard.press('Escape');
      await workbench.debug('Stop');
      await page.locator('.debug-top-stack-frame-line').first().waitFor({ state: 'detached' });
      await workbench.run('View: Close All Editors');
      await workbench.run('View: Hide Panel');
      await workbench.run('View: Show Explorer');
    });
  });
}
