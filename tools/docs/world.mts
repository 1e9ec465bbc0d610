import { WORLD_SHAPE } from '../../server/src/run/worldShape.ts';
import { code, table } from './table.mts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
}

/** The schema that editors check world files with. */
export function worldSchema(): object {
  const schema = WORLD_SHAPE.schema as Schema;
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'World file of eBPF Workbench',
    ...schema,
    properties: { $schema: { type: 'string' }, ...schema.properties },
  };
}

/** The members of the file, or of the entries of one of its tables. */
export function worldTable(about: string): string {
  const whole = WORLD_SHAPE.schema as Schema;
  const part = about === '' ? whole : whole.properties?.[about];
  const shape = part?.items ?? part;
  if (shape?.properties === undefined) throw new Error(`world files have no table ${about}`);
  const rows = Object.entries(shape.properties).map(([name, { description = '', enum: choices }]) => [
    code(name) + (shape.required?.includes(name) === true ? ' (needed)' : ''),
    choices === undefined ? description : `${description} One of ${choices.map(code).join(', ')}.`,
  ]);
  return table(['member', 'what it says'], rows);
}
