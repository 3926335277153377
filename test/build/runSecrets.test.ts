import { describe, expect, it } from 'vitest';
import { secretsOf } from '../../scripts/build/runSecrets.ts';

/** Secrets of a capture with these facts (a name that begins with `-` is public) and mapped files, as `name: value`. */
function secrets(facts: Record<string, string>, mapped: string[] = []): string[] {
  const mappings = mapped.map((path) => ({
    ...{ start: 0n, end: 1n, fileOffset: 0n, path, buildId: null, kind: 'file' as const },
  }));
  return secretsOf({
    facts: Object.entries(facts).map(([name, value]) => ({
      ...{ name, value, source: 'x', private: !name.startsWith('-') },
    })),
    addressSpaces: [{ pid: 1, mappings }],
  }).map(({ name, value, partOf }) => `${name}: ${value}${partOf === undefined ? '' : ` (${partOf})`}`);
}

describe('secretsOf', () => {
  it('takes private facts alone', () => {
    expect(secrets({ 'host-name': 'armlab', '-cpu-features': 'sve' })).toEqual(['host-name: armlab']);
  });

  it.each([
    ['-m x.gguf -p Who is Ann? -n 32', 'Who is Ann?'],
    ['-m x.gguf -p "Who is Ann?" -n 32', 'Who is Ann?'],
    ['--prompt=Who is Ann? --threads 4', 'Who is Ann?'],
    ['-sys Be kind to Ann', 'Be kind to Ann'],
    ['-p one - two -- three', 'one - two -- three'],
  ])('finds the prompt in %s', (options, prompt) => {
    expect(secrets({ 'command-line': `llama-cli ${options}` })[1]).toBe(`prompt: ${prompt} (command-line)`);
  });

  it('knows the beginning of a long prompt, which is what a cut one still shows', () => {
    expect(secrets({ prompt: 'Explain to Ann how a roofline is drawn and why.\nThen stop.' })[1]).toBe(
      'prompt: Explain to Ann how a roofline is drawn',
    );
  });

  it('passes over the program whose functions are published', () => {
    expect(secrets({ executable: '/opt/llama-cli', 'host-name': 'armlab' }, ['/opt/llama-cli'])).toEqual([
      'host-name: armlab',
    ]);
  });

  it('finds what env sets', () => {
    expect(secrets({ 'command-line': 'env HF_TOKEN=abc OMP_NUM_THREADS=4 llama-cli' }).slice(1)).toEqual([
      'environment: abc (command-line)',
      'environment: 4 (command-line)',
    ]);
  });

  it('finds users in the home folders of facts and of mapped files, but no accounts that systems bring', () => {
    const facts = { 'model-path': '/home/ann.b/m.gguf', executable: '/home/ubuntu/x' };
    expect(secrets(facts, ['/Users/carla/lib.so', '/home/ann.b/lib.so', '/root/x']).slice(2)).toEqual([
      'user-name: ann.b (home-folders)',
      'user-name: carla (home-folders)',
    ]);
  });
});
