/** What a run must not publish: the private facts of its capture, and what can be told from them. */
import type { Profile } from '../../src/profile/types.ts';
import { HOME_FOLDER, HOME_FOLDERS } from '../../src/report/privacy.ts';

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
    .filter((fact) => fact.private && !mapped.has(fact.value))
    .map(({ name, value }) => ({ name, value }));
  const parts = facts.flatMap(({ name, value }) => [
    ...promptsIn(value).map((prompt) => ({ name: 'prompt', value: prompt, partOf: name })),
    ...settingsIn(value).map((setting) => ({ name: 'environment', value: setting, partOf: name })),
  ]);
  const beginnings = [...facts, ...parts]
    .filter(({ name }) => name === 'prompt')
    .map((prompt) => ({ ...prompt, value: beginningOf(prompt.value) }));
  const paths = [...facts.map(({ value }) => value), ...mapped];
  const users = paths
    .flatMap(usersIn)
    .map((user) => ({ name: 'user-name', value: user, partOf: HOME_FOLDERS }));
  return unique([...facts, ...parts, ...beginnings, ...users]);
}

/** llama.cpp's options that take a prompt, in a command line whose quotes are gone: it ends at the next option. */
const PROMPT = /(?:^|\s)(?:-p|--prompt|-sys|--system-prompt)[ =]+(.*?)(?=\s+--?[a-z]|$)/gs;

function promptsIn(commandLine: string): string[] {
  return [...commandLine.matchAll(PROMPT)].map(([, prompt]) =>
    prompt.trim().replace(/^(["'])(.*)\1$/s, '$2'),
  );
}

/** `HF_TOKEN=…`: what `env` sets before a program. */
const SETTING = /(?:^|\s)[A-Z][A-Z\d_]+=(\S+)/g;

function settingsIn(commandLine: string): string[] {
  return [...commandLine.matchAll(SETTING)].map(([, value]) => value);
}

const LONGEST_BEGINNING = 40;

/** Prompts are cut where they are shown: the words that a cut one still has. */
function beginningOf(prompt: string): string {
  const line = prompt.split('\n')[0];
  if (line.length <= LONGEST_BEGINNING) return line;
  const cut = line.slice(0, LONGEST_BEGINNING);
  return cut.slice(0, cut.lastIndexOf(' ') === -1 ? undefined : cut.lastIndexOf(' '));
}

/** Accounts that systems bring with them, and words of this field: they name nobody. */
const NOBODY = new Set(
  'root user users admin administrator ubuntu debian fedora centos rocky alpine arch pi raspberry ec2-user azureuser opc runner runneradmin jenkins build builder circleci vsts docker vagrant shell android shared public guest test dev llama llamacpp ggml model models perf arm work'.split(
    ' ',
  ),
);

function usersIn(text: string): string[] {
  return [...text.matchAll(HOME_FOLDER)]
    .map(([folder]) => folder.split('/').at(-1)!)
    .filter((user) => !NOBODY.has(user.toLowerCase()));
}

function unique(secrets: readonly Secret[]): Secret[] {
  return [...new Map(secrets.map((secret) => [`${secret.name}\n${secret.value}`, secret])).values()];
}
