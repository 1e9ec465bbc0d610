import { execFile, execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, globSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { askObjects } from '../askObjects.ts';
import { readCorpus } from '../captured.ts';
import { REAL_PROJECTS, type RealProject } from './realProjects.ts';
import { systemIncludes } from './selftests.ts';
import { CannotAsk, type Source, type Workshop } from './source.ts';

/** The programs of public projects: their C files that compile here, and objects that they keep compiled. */
export const realPrograms: Source = {
  name: 'real',
  what: 'programs that people use: those of public projects (xdp-tutorial, katran, bcc, tetragon, tracee, …) that compile here',
  async collect(workshop) {
    const kept = path.join(workshop.work, 'real');
    if (workshop.kept && existsSync(path.join(kept, 'verdicts.jsonl'))) return readCorpus(kept);
    const projects = REAL_PROJECTS.flatMap((project) => {
      const folder = sourcesOf(workshop, project);
      return folder === null ? [] : [{ project, folder }];
    });
    if (projects.length === 0)
      throw new CannotAsk(
        'none of the public projects could be cloned; name a folder that holds them with --projects DIR',
      );
    const jobs = projects.flatMap(({ project, folder }) => jobsOf(workshop, project, folder));
    const objects = await compileAll(workshop, jobs);
    const prebuilt = projects.flatMap(({ project, folder }) => prebuiltOf(workshop, project, folder));
    return askObjects(workshop.kverify(), kept, [...objects, ...prebuilt], []);
  },
};

/** The project's folder: one that exists, or a clone. Null where it cannot be had. */
function sourcesOf(workshop: Workshop, { name, repository }: RealProject): string | null {
  const given = workshop.sources === null ? null : path.join(workshop.sources, name);
  if (given !== null && existsSync(given)) return given;
  if (repository === null) {
    const samples = path.join(workshop.kernelTree(), 'samples');
    return existsSync(samples) ? samples : null;
  }
  const folder = path.join(workshop.work, 'sources', name);
  if (existsSync(folder)) return folder;
  try {
    execFileSync('git', ['clone', '--quiet', '--depth', '1', `https://github.com/${repository}`, folder], {
      stdio: 'ignore',
      timeout: 300_000,
    });
    return folder;
  } catch {
    rmSync(folder, { recursive: true, force: true });
    console.log(`  left out: ${repository} cannot be cloned`);
    return null;
  }
}

/** Objects that a project keeps, under names that tell the folder; those of the other byte order cannot be loaded. */
function prebuiltOf(workshop: Workshop, { name }: RealProject, root: string): string[] {
  const folder = path.join(workshop.work, 'real.objects', name);
  mkdirSync(folder, { recursive: true });
  const files = globSync('**/*.o', { cwd: root }).filter((file) => !file.includes('bpfeb') && !file.includes('-eb'));
  return files.toSorted().map((file) => {
    const object = path.join(folder, `${name}_${file.replaceAll('/', '_')}`);
    copyFileSync(path.join(root, file), object);
    return object;
  });
}

interface CompileJob {
  readonly file: string;
  readonly object: string;
  readonly flags: readonly string[];
}

function jobsOf(workshop: Workshop, project: RealProject, root: string): CompileJob[] {
  const files = new Set(
    project.folders.flatMap((folder) =>
      globSync('**/*.c', { cwd: path.join(root, folder) })
        .map((file) => path.join(root, folder, file))
        .filter(isProgram),
    ),
  );
  const includes = project.includes.map((folder) => `-I${path.join(root, folder)}`);
  return [...files].toSorted().flatMap((file) =>
    Object.entries(project.variants ?? { '': [] }).map(([suffix, flags]) => {
      const name = path.relative(root, file).replaceAll('/', '_').replace(/\.c$/, suffix);
      const object = path.join(workshop.work, 'real.objects', project.name, `${project.name}_${name}.o`);
      return { file, object, flags: [...project.flags, ...flags, `-I${path.dirname(file)}`, ...includes] };
    }),
  );
}

/** C for the kernel's side: it names sections and has no main function. */
function isProgram(file: string): boolean {
  const text = readFileSync(file, 'utf8');
  return /\bSEC\(|__section\(/.test(text) && !/int main\s*\(/.test(text);
}

async function compileAll(workshop: Workshop, jobs: readonly CompileJob[]): Promise<string[]> {
  const common = commonFlags(workshop);
  const waiting = [...jobs];
  const objects: string[] = [];
  const work = async () => {
    for (let job = waiting.pop(); job !== undefined; job = waiting.pop())
      if (existsSync(job.object) || (await compiled(workshop.clang, common, job))) objects.push(job.object);
  };
  await Promise.all(Array.from({ length: os.availableParallelism() }, work));
  console.log(`  ${objects.length} of ${jobs.length} files compile here`);
  return objects.toSorted();
}

function commonFlags(workshop: Workshop): string[] {
  const headers = path.join(workshop.work, 'real.headers');
  mkdirSync(headers, { recursive: true });
  // Some projects write <uapi/linux/bpf.h> for what the system has as <linux/bpf.h>.
  if (!existsSync(path.join(headers, 'uapi'))) symlinkSync('/usr/include', path.join(headers, 'uapi'));
  const includes = [
    workshop.kernelHeaders(), workshop.libbpf().include, path.join(workshop.kernelTree(), 'tools/include/uapi'), headers,
  ]; // prettier-ignore
  return [
    '-g', '-O2', '-w', '--target=bpf', '-mlittle-endian', '-fno-stack-protector',
    ...systemIncludes(workshop.clang), ...includes.map((folder) => `-I${folder}`),
  ]; // prettier-ignore
}

function compiled(clang: string, common: readonly string[], { file, object, flags }: CompileJob): Promise<boolean> {
  mkdirSync(path.dirname(object), { recursive: true });
  // Headers of the project come before those of the system.
  const args = [...flags, ...common, '-c', file, '-o', object];
  return new Promise((resolve) => {
    execFile(clang, args, { cwd: path.dirname(file), maxBuffer: 1 << 26 }, (error) => {
      if (error !== null) rmSync(object, { force: true });
      resolve(error === null);
    });
  });
}
