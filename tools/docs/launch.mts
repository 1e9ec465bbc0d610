import { readFileSync } from 'node:fs';
import path from 'node:path';
import { code, table } from './table.mts';

interface Attribute {
  readonly type: string;
  readonly default?: unknown;
  readonly markdownDescription: string;
}

interface Manifest {
  readonly contributes: {
    readonly debuggers: readonly {
      readonly configurationAttributes: {
        readonly launch: { readonly properties: Readonly<Record<string, Attribute>> };
      };
    }[];
  };
}

/** The attributes of a launch configuration, as package.json declares them. */
export function launchAttributes(root: string): string {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as Manifest;
  const properties = manifest.contributes.debuggers[0]?.configurationAttributes.launch.properties ?? {};
  const rows = Object.entries(properties).map(([name, attribute]) => [
    code(name),
    attribute.type,
    attribute.default === undefined ? '' : code(JSON.stringify(attribute.default)),
    attribute.markdownDescription,
  ]);
  return table(['attribute', 'type', 'default', 'meaning'], rows);
}
