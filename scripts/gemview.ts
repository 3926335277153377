/** The command line: finds the command, turns what it throws into a sentence and an exit code. */
import { packageRoot } from '../src/platform/node/packageRoot.ts';
import { processIo } from './commandIo.ts';
import type { Command, CommandIo } from './commandIo.ts';
import { faultSentences } from './faults.ts';
import { gemviewVersion } from './packageVersion.ts';
import { UsageError } from './usage.ts';

interface CommandEntry {
  usage: string;
  summary: string;
  load(): Promise<Command>;
}

/** A command stands here once it is delivered. Modules are loaded on demand: `inspect` should not wait for Astro. */
const COMMANDS = new Map<string, CommandEntry>([
  [
    'build',
    {
      usage:
        'build [captures] [--out dist] [--base /path/] [--site https://host] [--cache folder] [--drop-pinned] [--check]',
      summary: 'build the website of a captures folder',
      load: async () => (await import('./commands/build.ts')).buildCommand,
    },
  ],
  [
    'dev',
    {
      usage: 'dev [captures] [--out dist] [--base /path/] [--port N]',
      summary: 'build, serve, and build again when a capture changes',
      load: async () => (await import('./commands/dev.ts')).devCommand,
    },
  ],
  [
    'inspect',
    {
      usage: 'inspect <file…|folder> [--json] [--event E]',
      summary: 'say what is in the files of one run',
      load: async () => (await import('./commands/inspect.ts')).inspectCommand,
    },
  ],
  [
    'export',
    {
      usage:
        'export <file…|folder> --to speedscope|firefox|folded [--event E] [--out file|folder]\n' +
        '       gemview export <folder> --to learning-path --out folder [--site https://host/base/] [--author name]…',
      summary: 'write a run for another tool: its samples, or its report as an Arm Learning Path',
      load: async () => (await import('./commands/export.ts')).exportCommand,
    },
  ],
  [
    'check-docs',
    {
      usage: 'check-docs <folder|file> [--site folder] [--json]',
      summary:
        'list embeds and quoted numbers in documentation that no longer match the reports of a site or of captures',
      load: async () => (await import('./commands/checkDocs.ts')).checkDocsCommand,
    },
  ],
  [
    'symbols',
    {
      usage: 'symbols <elf|listing…> [--out file|folder] [--full-path] [--json]',
      summary: 'write the function table of a program, to keep beside a capture',
      load: async () => (await import('./commands/symbols.ts')).symbolsCommand,
    },
  ],
  [
    'explain',
    {
      usage: 'explain <symbol…> [--json]',
      summary: 'say what a kernel name means',
      load: async () => (await import('./commands/explain.ts')).explainCommand,
    },
  ],
  [
    'model',
    {
      usage: 'model <gguf…> [--out file|folder] [--json]',
      summary: 'say what a model asks of a machine, or write its compact form to keep beside a capture',
      load: async () => (await import('./commands/model.ts')).modelCommand,
    },
  ],
]);

/** Runs `gemview` with its arguments and resolves to the exit code. */
export async function runGemview(args: readonly string[], io: CommandIo): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    if (name === undefined) io.stderr(helpText());
    else await io.stdout(helpText());
    return name === undefined ? 2 : 0;
  }
  if (name === '--version' || name === '-v') {
    await io.stdout(`${gemviewVersion()}\n`);
    return 0;
  }
  const command = COMMANDS.get(name);
  if (!command) {
    io.stderr(`gemview: there is no command '${name}'\n\n${helpText()}`);
    return 2;
  }
  const flags = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (flags.includes('--help') || flags.includes('-h')) {
    await io.stdout(`Usage: gemview ${command.usage}\n\n${command.summary}\n`);
    return 0;
  }
  try {
    return await (
      await command.load()
    )(rest, io);
  } catch (error) {
    return explained(error, command, io);
  }
}

function explained(error: unknown, command: CommandEntry, io: CommandIo): number {
  if (error instanceof UsageError) {
    io.stderr(`gemview: ${error.message}\nUsage: gemview ${command.usage}\n`);
    return 2;
  }
  io.stderr(`${faultSentences(error)}\n`);
  return 1;
}

function helpText(): string {
  const width = Math.max(...[...COMMANDS.keys()].map((name) => name.length));
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`);
  return `Usage: gemview <command> [arguments]

${lines.join('\n')}

  --help     this text; gemview <command> --help: a command's arguments
  --version  the version
`;
}

/**
 * The folder that relative paths are taken from. `npm run` changes into the package and names the caller's folder in
 * INIT_CWD; it is set for every script, so only the script that passes arguments on may believe it.
 */
function callersFolder(): string {
  const isOwnScript = process.env.npm_lifecycle_event === 'gemview' && process.cwd() === packageRoot;
  return (isOwnScript && process.env.INIT_CWD) || process.cwd();
}

/** Runs the command line of this process. Sets the exit code and lets the process end: an exit would cut piped output. */
export async function main(): Promise<void> {
  const io = processIo(callersFolder());
  process.on('uncaughtException', (error) => {
    io.stderr(`${faultSentences(error)}\n`);
    process.exitCode = 1;
    // Whatever still runs belongs to a command that has failed.
    setTimeout(() => process.exit(), 500).unref();
  });
  process.exitCode = await runGemview(process.argv.slice(2), io);
}
