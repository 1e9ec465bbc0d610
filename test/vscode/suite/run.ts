import { assert } from 'chai';
import * as vscode from 'vscode';
import type { RunReport } from '../../../server/src/lsp/protocol.ts';
import { workspaceFile } from '../workspace.ts';

export default function (): void {
  describe('running over a capture', () => {
    it('counts verdicts and shows maps', async () => {
      const report = await vscode.commands.executeCommand<RunReport>(
        'ebpf.runProgram',
        workspaceFile('filter.bpfasm'),
        workspaceFile('traffic.pcap'),
      );
      assert.deepEqual(report.verdicts, [
        { name: 'XDP_PASS', count: 16 },
        { name: 'XDP_DROP', count: 4 },
      ]);
      assert.equal(report.verification.outcome, 'accepted');
      assert.deepEqual(
        report.maps.map(({ name, entries }) => [name, entries.map(({ readable }) => readable)]),
        [['verdicts', ['1 → 4', '2 → 16']]],
      );
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });
  });
}
