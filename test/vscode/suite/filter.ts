import { assert } from 'chai';
import * as vscode from 'vscode';
import { until } from '../until.ts';
import { openFile, pathOf, workspaceFile } from '../workspace.ts';

interface Named {
  readonly name: string;
  readonly value: string;
  readonly variablesReference: number;
}

/** The line that a stopped filter stands on, and A. */
async function lineAndA({ session, threadId, frameId }: vscode.DebugStackFrame): Promise<string> {
  const { stackFrames } = await session.customRequest('stackTrace', { threadId });
  const { scopes } = (await session.customRequest('scopes', { frameId })) as { scopes: Named[] };
  const variablesReference = scopes.find(({ name }) => name === 'Filter')?.variablesReference;
  const { variables } = (await session.customRequest('variables', { variablesReference })) as { variables: Named[] };
  return `${stackFrames[0].line} ${variables.find(({ name }) => name === 'A')?.value}`;
}

export default function (): void {
  describe('a filter in classic BPF', () => {
    it('has a language of its own, and hovers that show its eBPF', async () => {
      const { document } = await openFile('web.cbpf');
      assert.equal(document.languageId, 'cbpf');
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        document.positionAt(document.getText().indexOf('ldb')),
      );
      const text = hovers.flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value)).join();
      assert.include(text, 'r0 = *(u8 *)skb[23]');
      assert.isEmpty(vscode.languages.getDiagnostics(document.uri));
    });

    it('stops at breakpoints, with A in sight', async () => {
      const uri = workspaceFile('web.cbpf');
      const breakpoint = new vscode.SourceBreakpoint(new vscode.Location(uri, new vscode.Position(1, 0)));
      vscode.debug.addBreakpoints([breakpoint]);
      try {
        const stopped = until(vscode.debug.onDidChangeActiveStackItem, (item) =>
          item instanceof vscode.DebugStackFrame ? item : undefined,
        );
        const events = pathOf(workspaceFile('traffic.pcap'));
        const started = await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
          type: 'ebpf',
          request: 'launch',
          name: 'filter',
          program: pathOf(uri),
          events,
          stopOnEntry: false,
        });
        assert.isTrue(started);
        assert.equal(await lineAndA(await stopped), '2 0x800 (2048)');
        const ended = until(vscode.debug.onDidTerminateDebugSession, ({ type }) =>
          type === 'ebpf' ? true : undefined,
        );
        await vscode.commands.executeCommand('workbench.action.debug.stop');
        await ended;
      } finally {
        vscode.debug.removeBreakpoints([breakpoint]);
      }
    });
  });
}
