import { report, type ObjectContext } from './context.ts';
import { SECTION_TYPE, type ElfSection } from './elf.ts';
import { isDataRole, roleOf } from './sectionRole.ts';

/** Says what of the file has no effect, so that nothing is passed over in silence. */
export function reportSections(context: ObjectContext): void {
  for (const section of context.elf.sections) {
    const message = messageFor(context, section);
    if (message !== null) report(context, 'warning', message.code, section.span, message.text);
  }
}

function messageFor(context: ObjectContext, section: ElfSection): { code: string; text: string } | null {
  const { name } = section;
  const role = roleOf(section);
  if (role === 'relocations') return relocationMessage(context, section);
  if (role === 'unknown')
    return {
      code: 'section-unknown',
      text: `section ${name || section.index} is none that loaders know; it is left out`,
    };
  if (role === 'structOps')
    return {
      code: 'struct-ops-unsupported',
      text: `section ${name}: of variables that implement kernel interfaces (struct_ops) only the programs that they name are read`,
    };
  if (role === 'arena')
    return {
      code: 'arena-unsupported',
      text: `section ${name}: the initial values of variables in an arena are not supported`,
    };
  return null;
}

function relocationMessage(context: ObjectContext, section: ElfSection): { code: string; text: string } | null {
  const target = context.elf.sections[section.info];
  if (target === undefined)
    return {
      code: 'section-unknown',
      text: `section ${section.name} holds relocations of a section that does not exist; it is left out`,
    };
  const role = roleOf(target);
  if (section.type === SECTION_TYPE.rela && role !== 'housekeeping')
    return {
      code: 'relocation-unsupported',
      text: `section ${section.name} holds relocations with addends (RELA), which loaders of BPF do not read; it is left out`,
    };
  if (isDataRole(role))
    return {
      code: 'relocation-ignored',
      text: `section ${target.name} holds addresses of functions or variables, which loaders of BPF leave as they are; they will not be valid when the program runs`,
    };
  return null;
}
