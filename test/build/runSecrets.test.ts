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
    ['-m /x/main -p 1 + 2 is what?', '1 + 2 is what?'],
    ['-m x.gguf -p "it is --not an option" -n 3', 'it is --not an option'],
    [`-p 'Who is Ann?'"`, 'Who is Ann?'],
    ['-p "Who" is Ann? -n 3', 'Who" is Ann?'],
  ])('finds the prompt in %s', (options, prompt) => {
    expect(secrets({ 'command-line': `perf record -p 77 ./llama-cli ${options}` })[1]).toBe(
      `prompt: ${prompt} (command-line)`,
    );
  });

  it.each([
    'main',
    'build/bin/llama-completion',
    '/opt/llama-run',
    'llama-simple',
    'llama-server',
    'main.exe',
  ])('finds the prompt of %s', (program) => {
    expect(secrets({ 'command-line': `${program} -p Who is Ann?` })[1]).toMatch(/^prompt: Who is Ann\?/);
  });

  it('finds the prompt that llama-simple takes without an option', () => {
    expect(secrets({ 'command-line': 'llama-simple  -m x.gguf -n 32 Who is Ann?' })[1]).toBe(
      'prompt: Who is Ann? (command-line)',
    );
    expect(secrets({ 'command-line': 'llama-simple -m x.gguf -n 32' })).toHaveLength(1);
  });

  it('finds the serial number of an Android device', () => {
    expect(
      secrets({ 'kernel-command-line': 'root=/dev/sda androidboot.serialno=R58M12345AB quiet' })[1],
    ).toBe('serial-number: R58M12345AB (kernel-command-line)');
  });

  it.each([
    'perf record -g llama-bench -m x.gguf -p 1024 -n 128',
    'perf record -g llama-bench -p 128,256',
    'perf record -p 12345 -- sleep 10',
    'perf record -p abc llama-cli -n 1',
    'llama-batched-bench -p some',
    'llama-cli -p 512',
    'perf record env GGML_TRACE=true LLAMA_ARG_CACHE_TYPE_K=q8_0 OMP_PROC_BIND=close llama-cli -m x',
    'env GGML_CPU_ARCH=armv9.2-a+sve2 LD_LIBRARY_PATH=/opt/lib2/x64 PLACE=somewhere_else llama-cli',
    'env HF_TOKEN=your_token_here MAX_TOKEN=512 llama-cli',
  ])('takes nothing out of %s', (commandLine) => {
    expect(secrets({ 'command-line': commandLine })).toEqual([`command-line: ${commandLine}`]);
  });

  it('takes the name of a file alone for nothing', () => {
    expect(secrets({ 'model-path': 'model.gguf', executable: 'llama-cli', 'host-name': 'model' })).toEqual([
      'host-name: model',
    ]);
    expect(secrets({ 'model-path': 'models/model.gguf' })).toHaveLength(1);
  });

  it('knows the beginning of a prompt of short lines, as it is shown in one', () => {
    expect(secrets({ prompt: 'Hello.\nTell  Ann how a roofline is drawn and why.' }).slice(1)).toEqual([
      'prompt: Hello.',
      'prompt: Hello. Tell Ann how a roofline is drawn',
    ]);
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
    expect(secrets({ 'command-line': 'env HF_TOKEN=abc JOB=nightly-2210-x7 llama-cli' }).slice(1)).toEqual([
      'environment: abc (command-line)',
      'environment: nightly-2210-x7 (command-line)',
    ]);
  });

  it('finds keys that options bring', () => {
    expect(
      secrets({ 'command-line': 'llama-server --api-key s3cr3t --hf-token=mysecret7' }).slice(1),
    ).toEqual(['secret-key: s3cr3t (command-line)', 'secret-key: mysecret7 (command-line)']);
  });

  it('finds users in the home folders of facts and of mapped files, but no accounts that systems bring', () => {
    const facts = { 'model-path': '/home/ann.b/m.gguf', executable: '/home/ubuntu/x' };
    const mapped = ['/Users/carla/lib.so', '/home/ann.b/lib.so', '/root/x', '/nfs/home/dora/x'];
    mapped.push(String.raw`C:\Users\emil\x.dll`, '/data/data/com.termux/files/home/llama-cli');
    expect(secrets(facts, mapped).slice(2)).toEqual([
      'user-name: ann.b (home-folders)',
      'user-name: carla (home-folders)',
      'user-name: dora (home-folders)',
      'user-name: emil (home-folders)',
    ]);
  });
});
