/**
 * A job of a GitHub workflow, step by step, on this machine: `run` is run by bash as a runner does it, the actions that
 * gemview's workflow uses are done by hand. An action, an expression or a key that is not known here is an error.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { parse } from 'yaml';
import { userEnvironment } from './command.ts';

interface Step {
  name?: string;
  id?: string;
  uses?: string;
  with?: Record<string, string | number>;
  run?: string;
  env?: Record<string, string>;
  'working-directory'?: string;
}

export interface Runner {
  /** The repository that the job checks out and pushes to. */
  origin: string;
  /** A folder of the job's own; what it kept with `actions/cache` last time lies beside it, in `<folder>-cache`. */
  folder: string;
  /** What expressions such as `github.run_id` stand for. */
  values: Record<string, string>;
  env: Record<string, string>;
}

export interface JobResult {
  /** Null when every step ended well. */
  failedStep: string | null;
  /** Everything that the commands printed. */
  output: string;
  /** The folder that the site would be deployed from, null when the job did not come so far. */
  deployed: string | null;
}

export function runJob(workflow: string, job: string, runner: Runner): JobResult {
  const steps = (parse(workflow) as { jobs: Record<string, { steps: Step[] }> }).jobs[job].steps;
  const workspace = join(runner.folder, 'workspace');
  mkdirSync(join(runner.folder, 'temp'), { recursive: true });
  const known: Record<string, string> = {
    ...runner.values,
    'github.workspace': workspace,
    'runner.temp': join(runner.folder, 'temp'),
  };
  const evaluated = (text: string): string =>
    text.replaceAll(/\$\{\{\s*(\S+?)\s*\}\}/g, (expression, name: string) => {
      if (known[name] === undefined) throw new Error(`${expression} is not known`);
      return known[name];
    });

  const result: JobResult = { failedStep: null, output: '', deployed: null };
  const atTheEnd: (() => void)[] = [];
  let uploaded: string | null = null;

  const use = (action: string, parameters: Record<string, string>): void => {
    const path = parameters.path && join(workspace, parameters.path);
    switch (action) {
      case 'actions/checkout@v4':
        execFileSync('git', ['clone', '-q', '--depth', '1', `file://${runner.origin}`, workspace]);
        return;
      case 'actions/setup-node@v4':
      case 'actions/configure-pages@v5':
        return;
      case 'actions/cache@v4': {
        const kept = `${runner.folder}-cache`;
        if (existsSync(kept)) cpSync(kept, path, { recursive: true });
        atTheEnd.push(() => cpSync(path, kept, { recursive: true }));
        return;
      }
      case 'actions/upload-pages-artifact@v3':
        if (!existsSync(path)) throw new Error(`${path} is not there`);
        uploaded = path;
        return;
      case 'actions/deploy-pages@v4': {
        if (uploaded === null) throw new Error('nothing was uploaded');
        result.deployed = join(runner.folder, 'deployed');
        cpSync(uploaded, result.deployed, { recursive: true });
        return;
      }
      default:
        throw new Error(`${action} is not known`);
    }
  };

  for (const step of steps) {
    if (step.uses !== undefined) {
      const parameters = Object.entries(step.with ?? {}).map(([name, value]) => [
        name,
        evaluated(String(value)),
      ]);
      use(step.uses, Object.fromEntries(parameters));
      continue;
    }
    const { status, stdout, stderr } = spawnSync('bash', ['-e', '-c', evaluated(step.run!)], {
      cwd: join(workspace, step['working-directory'] ?? '.'),
      encoding: 'utf8',
      env: {
        ...userEnvironment(),
        // The Node that these tests run on.
        PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
        ...runner.env,
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, text]) => [name, evaluated(text)])),
      },
    });
    result.output += stdout + stderr;
    if (status !== 0) return { ...result, failedStep: step.name ?? step.run! };
  }
  for (const keep of atTheEnd) keep();
  rmSync(workspace, { recursive: true, force: true });
  return result;
}
