import { ProfileBuilder } from '../../src/profile/builder.ts';
import type { Profile } from '../../src/profile/types.ts';
import type { FunctionTable } from '../../src/symbols/types.ts';

/**
 * A profile drawn as text: each column is one sample, callers above callees, 1 ms apart.
 *
 *     main    main    main
 *     decode  decode  sample
 *     gemm    gemv
 */
export function profileFromText(drawing: string): Profile {
  const builder = new ProfileBuilder({ path: 'drawn', format: 'drawing', tool: null, bytes: 0 });
  const thread = builder.thread(100, 100);
  builder.nameThread(100, 100, 'llama-cli');
  builder.events.push({
    name: 'cycles',
    role: 'sampling',
    code: '0x11',
    mnemonic: 'CPU_CYCLES',
    unit: 'cycles',
    period: 1000,
    frequencyHz: null,
    counter: null,
  });
  builder.clock = { ...builder.clock, name: 'CLOCK_MONOTONIC', startNs: '0' };
  columnsOf(drawing).forEach((names, column) => {
    let stack = -1;
    names.forEach((name, depth) => {
      const isCaller = depth < names.length - 1 ? 1 : 0;
      stack = builder.stacks.intern(
        stack,
        builder.frames.intern(
          0,
          0,
          -1,
          isCaller,
          builder.strings.intern(name),
          builder.strings.intern('llama'),
        ),
      );
    });
    builder.addSample(column * 1e6, thread, 0, stack, 0, 1000, false);
  });
  return builder.finish();
}

function columnsOf(drawing: string): string[][] {
  const rows = drawing
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => [...line.matchAll(/\S+/g)].map((match) => ({ at: match.index, name: match[0] })));
  return rows[0].map(({ at }) =>
    rows.flatMap((row) => row.filter((cell) => cell.at === at).map((cell) => cell.name)),
  );
}

/** Functions of a drawn profile: one per name. */
export function functionsFromText(profile: Profile): FunctionTable {
  const names = [...new Set(profile.frames.name)].map((name) => profile.strings[name]);
  return {
    functions: names.map((name) => ({
      name,
      rawName: name,
      image: 'llama',
      isKernel: false,
      hasSymbol: true,
    })),
    functionOfFrame: Int32Array.from(profile.frames.name, (name) => names.indexOf(profile.strings[name])),
    images: [],
    warnings: [],
  };
}
