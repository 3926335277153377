/**
 * Imports run downwards only. The table says for each folder of `src/` what it may import besides itself and packages;
 * Node's own modules are for the few folders that have effects.
 */
import { dirname, posix } from 'node:path';

const GROUND = ['platform', 'profile', 'arm', 'llama', 'symbols'];
const UP_TO_REPORT = [...GROUND, 'analysis', 'report'];

const MAY_IMPORT: Record<string, readonly string[]> = {
  platform: [],
  profile: ['platform'],
  arm: GROUND,
  llama: GROUND,
  symbols: [...GROUND, 'readers'],
  readers: GROUND,
  analysis: GROUND,
  report: [...GROUND, 'analysis'],
  charts: UP_TO_REPORT,
  exports: UP_TO_REPORT,
  writing: UP_TO_REPORT,
  pipeline: [...UP_TO_REPORT, 'readers', 'charts', 'exports'],
  'platform/node': [...GROUND, 'readers'],
  components: [...UP_TO_REPORT, 'charts', 'exports', 'writing', 'pipeline', 'styles', 'assets'],
  pages: [...UP_TO_REPORT, 'charts', 'exports', 'writing', 'components', 'platform/node', 'styles', 'assets'],
};

const MAY_USE_NODE = ['platform/node', 'components', 'pages'];

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')` at the beginning of a statement. */
const SPECIFIER = /^\s*(?:import|export)\b[^'"`;]*?['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/gm;

/**
 * Complaints about one file's imports.
 *
 * @param path relative to the project, with slashes: `src/report/build.ts`
 */
export function importProblems(path: string, text: string): string[] {
  const layer = layerOf(path);
  const allowed = MAY_IMPORT[layer];
  if (!allowed) return [`${path}: no rule for imports of src/${layer}: add one to the table`];
  const problems: string[] = [];
  for (const [, fromStatement, fromCall] of text.matchAll(SPECIFIER)) {
    const specifier = fromStatement ?? fromCall;
    if (specifier.startsWith('node:')) {
      if (!MAY_USE_NODE.includes(layer)) problems.push(`${path}: src/${layer} may not use ${specifier}`);
    } else if (/^\.\.?\//.test(specifier)) {
      const target = posix.join(dirname(path), specifier);
      const targetLayer = layerOf(target);
      if (targetLayer !== layer && !allowed.includes(targetLayer)) {
        problems.push(`${path}: src/${layer} may not import ${target}`);
      }
    }
  }
  return problems;
}

/** `platform` is the interfaces; their implementations are layers of their own. What lies outside of `src` is no layer. */
function layerOf(path: string): string {
  const [root, first, second, ...rest] = path.split('/');
  if (root !== 'src' || second === undefined) return root === 'src' ? '(top)' : path;
  return first === 'platform' && rest.length > 0 ? `platform/${second}` : first;
}
