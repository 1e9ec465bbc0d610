import { assert } from 'chai';
import * as vscode from 'vscode';
import type { RunReport } from '../../../server/src/lsp/protocol.ts';
import { nextDiagnostics } from '../nextDiagnostics.ts';
import { until } from '../until.ts';
import { openFile, pathOf, workspaceFile } from '../workspace.ts';

interface Named {
  readonly name: string;
  readonly value: string;
  readonly variablesReference: number;
}

function positionOf(document: vscode.TextDocument, text: string, within = 0): vscode.Position {
  return document.positionAt(document.getText().indexOf(text) + within);
}

/** Name and value of the locals of a frame that stands. */
async function localsOf({ session, frameId }: vscode.DebugStackFrame): Promise<Record<string, string>> {
  const { scopes } = (await session.customRequest('scopes', { frameId })) as { scopes: Named[] };
  const variablesReference = scopes.find(({ name }) => name === 'Locals')?.variablesReference;
  const { variables } = (await session.customRequest('variables', { variablesReference })) as { variables: Named[] };
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}

export default function (): void {
  describe('a program in C', () => {
    it('is refused at the expression that reads too far', async () => {
      const { document } = await openFile('unchecked.bpf.c');
      const [diagnostic] = await nextDiagnostics(document.uri, (all) => all.length > 0);
      assert.match(diagnostic?.message ?? '', /^invalid access to packet, off=23 size=1/);
      assert.equal(document.getText(diagnostic?.range), 'ip->protocol');
      assert.isNotEmpty(diagnostic?.relatedInformation);
    });

    it('shows what the compiler finds while it is typed', async () => {
      const editor = await openFile('unchecked.bpf.c');
      const { document } = editor;
      await nextDiagnostics(document.uri, (all) => all.length > 0);
      const at = positionOf(document, 'ip->protocol == 1');
      await editor.edit((edit) => edit.replace(new vscode.Range(at, at.translate(0, 12)), 'ip->protocl'));
      const [found] = await nextDiagnostics(document.uri, ([one]) => /protocl/.test(one?.message ?? ''));
      assert.equal(found?.message, "no member named 'protocl' in 'struct iphdr'; did you mean 'protocol'?");
      assert.equal(document.getText(found?.range), 'protocl');
      await vscode.commands.executeCommand('workbench.action.files.revert');
    });

    it('has members after ->, hovers, and definitions in our own headers', async () => {
      const { document } = await openFile('flows.bpf.c');
      const completions = await vscode.commands.executeCommand<vscode.CompletionList>(
        'vscode.executeCompletionItemProvider',
        document.uri,
        positionOf(document, 'ctx->data;', 5),
        '>',
      );
      const labels = completions.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
      assert.includeMembers(labels, ['data', 'data_end', 'rx_queue_index']);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        positionOf(document, 'bpf_map_lookup_elem', 3),
      );
      assert.include(
        hovers.flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value)).join(),
        'bpf_map_lookup_elem',
      );
      const [place] = await vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        positionOf(document, 'struct ethhdr', 8),
      );
      assert.equal(place?.uri.toString(true), 'ebpf-headers://bundled/linux/if_ether.h');
      const header = await vscode.workspace.openTextDocument(place?.uri ?? document.uri);
      assert.include(header.lineAt(place?.range.start.line ?? 0).text, 'struct ethhdr');
    });

    it('runs over a capture', async () => {
      const report = await vscode.commands.executeCommand<RunReport>(
        'ebpf.runProgram',
        workspaceFile('flows.bpf.c'),
        workspaceFile('traffic.pcap'),
      );
      assert.deepEqual(report.verdicts, [
        { name: 'XDP_PASS', count: 16 },
        { name: 'XDP_DROP', count: 4 },
      ]);
      assert.equal(report.verification.outcome, 'accepted');
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    });

    it('stops at breakpoints, with its locals in sight', async () => {
      const { document } = await openFile('flows.bpf.c');
      const breakpoint = new vscode.SourceBreakpoint(
        new vscode.Location(document.uri, positionOf(document, 'count(&key);')),
      );
      vscode.debug.addBreakpoints([breakpoint]);
      try {
        const stopped = until(vscode.debug.onDidChangeActiveStackItem, (item) =>
          item instanceof vscode.DebugStackFrame ? item : undefined,
        );
        const started = await vscode.debug.startDebugging(vscode.workspace.workspaceFolders?.[0], {
          type: 'ebpf',
          request: 'launch',
          name: 'c',
          program: pathOf(document.uri),
          events: pathOf(workspaceFile('traffic.pcap')),
          stopOnEntry: false,
        });
        assert.isTrue(started);
        const locals = await localsOf(await stopped);
        assert.equal(locals['key'], '{proto = 6, length = 60}');
        assert.include(locals['eth'], 'packet');
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
