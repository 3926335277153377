/** What a run must not publish: the private facts of its capture, and what can be told from them. */
import type { Profile } from '../../src/profile/types.ts';
import { HOME_FOLDERS, homeFoldersIn } from '../../src/report/privacy.ts';

export interface Secret {
  /** `host-name`: the name under which run.yaml may allow it. */
  name: string;
  value: string;
  /** Name of the fact that holds it: who allows that, allows this. */
  partOf?: string;
}

/** What a run must not publish, and what its run.yaml allows. */
export interface RunSecrets {
  run: string;
  /** Former ids of the run, under which it is published too. */
  aliases: readonly string[];
  /** Everything private of the capture, also what run.yaml allows. */
  secrets: readonly Secret[];
  /** Names of secrets that may be published. */
  allow: readonly string[];
  /** Texts that must never be published. */
  redact: readonly string[];
}

/** All private facts of a capture, with the prompts, users and settings that stand within them. */
export function secretsOf({
  facts: allFacts,
  addressSpaces,
}: Pick<Profile, 'facts' | 'addressSpaces'>): Secret[] {
  const mapped = new Set(addressSpaces.flatMap(({ mappings }) => mappings.map(({ path }) => path)));
  // Functions are published with the file that holds them: what its path tells of people is taken out of it.
  const facts: Secret[] = allFacts
    .filter((fact) => fact.private && !mapped.has(fact.value) && !isFileName(fact))
    .map(({ name, value }) => ({ name, value }));
  const parts = facts.flatMap(({ name, value }) => [
    ...promptsIn(value).map((prompt) => ({ name: 'prompt', value: prompt, partOf: name })),
    ...keysIn(value).map((key) => ({ name: 'secret-key', value: key, partOf: name })),
    ...settingsIn(value).map((setting) => ({ name: 'environment', value: setting, partOf: name })),
    ...serialsIn(value).map((serial) => ({ name: 'serial-number', value: serial, partOf: name })),
  ]);
  const beginnings = [...facts, ...parts]
    .filter(({ name }) => name === 'prompt')
    .flatMap((prompt) => beginningsOf(prompt.value).map((value) => ({ ...prompt, value })));
  const paths = [...facts.map(({ value }) => value), ...mapped];
  const users = paths
    .flatMap(usersIn)
    .map((user) => ({ name: 'user-name', value: user, partOf: HOME_FOLDERS }));
  return unique([...facts, ...parts, ...beginnings, ...users]);
}

/** `model.gguf` without a folder: which file it was tells what the report says of the model anyway. */
function isFileName({ name, value }: { name: string; value: string }): boolean {
  return (name === 'model-path' || name === 'executable') && !/[\\/]/.test(value);
}

/** Programs of llama.cpp in a command line; `main` and `simple` are former names of `llama-cli` and `llama-simple`. */
const PROGRAM = /(?:^|[\s\\/"'])(main|simple|llama-[a-z][\w-]*)(?:\.exe)?(?=["']?(?:\s|$))/g;

/** Their `-p` is a number of tokens or of parallel prompts, or they take none. */
const WITHOUT_PROMPT = /^llama-(?:(?:batched-|cpu-)?bench|quantize|gguf\b.*|imatrix)$/;

/** llama.cpp's options that take a prompt, in a command line whose quotes are gone: it ends at the next option. */
const PROMPT =
  /(?:^|\s)(?:-p|--prompt|-sys|--system-prompt)[ =]+("(?:[^"\\]|\\.)*"|'[^']*'|.*?)(?=\s+--?[a-z]|$)/gs;

/** Of `llama-simple [options] prompt`: what stands behind its last option. */
const LAST_WORDS = /^(?:\s+-(?:m|n|ngl)\s+\S+)*\s+(?![\s-])(.*)$/s;

/** `512`, `128,256`, `16-64`: how many tokens, not which. */
const NUMBERS = /^[\d\s,.;:x+*-]*$/;

/** Prompts in a command line: `-p` of the programs before (`perf record -p 12345`) is something else. */
function promptsIn(commandLine: string): string[] {
  const program = [...commandLine.matchAll(PROGRAM)].find(([, name]) => !WITHOUT_PROMPT.test(name));
  if (program === undefined) return [];
  const options = commandLine.slice(program.index + program[0].length);
  const prompts = [...options.matchAll(PROMPT)].map(([, prompt]) => prompt);
  if (program[1].endsWith('simple')) prompts.push(LAST_WORDS.exec(options)?.[1] ?? '');
  return prompts
    .map((prompt) => prompt.trim().replaceAll(/^["']+|["']+$/g, ''))
    .filter((prompt) => !NUMBERS.test(prompt));
}

/** llama.cpp's options that take a key. */
const KEY_OPTION = /(?:^|\s)(?:--api-key|--hf-token|-hft)[ =]+(\S+)/g;

function keysIn(commandLine: string): string[] {
  return [...commandLine.matchAll(KEY_OPTION)].map(([, key]) => key).filter((key) => !saysNothing(key));
}

/** `HF_TOKEN=…`: what `env` sets before a program. */
const SETTING = /(?:^|\s)([A-Z][A-Z\d_]+)=(\S+)/g;

/** What the kernel's command line says of an Android device: `androidboot.serialno=R58M12345AB`. */
const SERIAL = /(?:^|[\s.])serialno=(\S{6,})/g;

function serialsIn(commandLine: string): string[] {
  return [...commandLine.matchAll(SERIAL)]
    .map(([, serial]) => serial)
    .filter((serial) => !saysNothing(serial));
}

/** Words in the names of variables that open something, or name a person or a machine. */
const TELLING_NAME =
  /(?:^|_)(?:TOKEN|SECRET|PASS|PASSWD|PASSWORD|KEY|APIKEY|AUTH|CREDENTIALS?|USER|USERNAME|LOGNAME|HOST|HOSTNAME|HOME|MAIL|PROXY)(?:_|$)/;

/** Variables of the programs that are measured, and of their libraries: settings that reports speak of. */
const SETTING_OF_PROGRAMS =
  /^(?:GGML|LLAMA|GOMP|OMP|KMP|OPENBLAS|BLIS|MKL|KLEIDIAI|MALLOC|LD|LC|LANG)(?:_|$)/;

/** Shorter ones, and words without a digit, are settings. */
const SHORTEST_ODD_VALUE = 12;

function settingsIn(commandLine: string): string[] {
  return [...commandLine.matchAll(SETTING)]
    .filter(([, name, value]) => isTellingSetting(name, value))
    .map(([, , value]) => value);
}

function isTellingSetting(name: string, value: string): boolean {
  if (saysNothing(value)) return false;
  if (TELLING_NAME.test(name)) return true;
  // What paths tell of people are their home folders, which are looked for by themselves.
  const isPath = /^[~./$\\]|^[A-Za-z]:[\\/]/.test(value);
  return (
    !SETTING_OF_PROGRAMS.test(name) &&
    !isPath &&
    value.length >= SHORTEST_ODD_VALUE &&
    /\d/.test(value) &&
    /\p{L}/u.test(value)
  );
}

const PLACEHOLDER =
  /^(?:your[_-]|[<{[$~]|xxx|\*\*\*|\.\.\.|change_?me\b|insert[_-]|replace[_-]|(?:dummy|example|fake|placeholder)\b|(?:my|some|the)[_-](?:token|key|secret|password)\b)/i;
const SWITCH = /^(?:true|false|yes|no|on|off|none|null|auto|default|unset|never|always)$/i;

/** Whether the value of a variable is a number, a switch, or stands for another one (`your_token_here`). */
export function saysNothing(value: string): boolean {
  return NUMBERS.test(value) || SWITCH.test(value) || PLACEHOLDER.test(value);
}

const LONGEST_BEGINNING = 40;

/** Prompts are cut where they are shown: the words that a cut one still has, of its first line and of all lines. */
function beginningsOf(prompt: string): string[] {
  return [prompt.split('\n')[0], prompt.replaceAll(/\s+/g, ' ')].map((line) => {
    if (line.length <= LONGEST_BEGINNING) return line;
    const cut = line.slice(0, LONGEST_BEGINNING);
    return cut.slice(0, cut.lastIndexOf(' ') === -1 ? undefined : cut.lastIndexOf(' '));
  });
}

/** Accounts that systems bring with them, and words of this field: they name nobody. */
const NOBODY = new Set(
  'root user users home admin administrator ubuntu debian fedora centos rocky alpine arch pi raspberry ec2-user azureuser opc runner runneradmin jenkins build builder circleci vsts docker vagrant linuxbrew shell android shared public guest test dev llama llamacpp ggml model models perf arm work'.split(
    ' ',
  ),
);

/** Whether a user's name is that of an account that systems bring, or a word of this field. */
export function namesNobody(user: string): boolean {
  return NOBODY.has(user.toLowerCase());
}

function usersIn(text: string): string[] {
  return homeFoldersIn(text)
    .map((folder) => folder.split(/[\\/]/).at(-1)!)
    .filter((user) => !namesNobody(user));
}

function unique(secrets: readonly Secret[]): Secret[] {
  return [...new Map(secrets.map((secret) => [`${secret.name}\n${secret.value}`, secret])).values()];
}
