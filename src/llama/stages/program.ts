/** Which of llama.cpp's programs a process is: they use llama_decode in different ways. */
import type { Profile } from '../../profile/types.ts';

/** `bench` runs tests of prompt or generation, `server` mixes requests in one call, `chat` is everything else. */
export type Program = 'chat' | 'bench' | 'server';

/** Told by the name of the process, or else by its executable. */
export function programOf(profile: Pick<Profile, 'processes'>, pid: number): Program {
  const process = profile.processes.find((row) => row.pid === pid);
  const names = [process?.name ?? '', process?.executable?.split('/').at(-1) ?? ''];
  if (names.some((name) => name.startsWith('llama-bench'))) return 'bench';
  if (names.some((name) => name.startsWith('llama-server'))) return 'server';
  return 'chat';
}

/** The first fact of a name as a positive integer; null when there is none. */
export function factNumber(profile: Pick<Profile, 'facts'>, name: string): number | null {
  const value = profile.facts.find((fact) => fact.name === name)?.value ?? '';
  return /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null;
}
