/**
 * The mappings of a process as an immutable search tree: a change makes a new tree that shares all it can with the old one.
 * So a process may be forked, or have part of its memory mapped anew, a hundred thousand times, and each costs a few
 * nodes. Mappings of one tree do not overlap.
 */
import type { Mapping } from './types.ts';

/** A treap: in order of address from left to right, in order of priority from the top down. Null is the empty tree. */
export type MappingTree = MappingNode | null;

interface MappingNode {
  readonly mapping: Mapping;
  readonly priority: number;
  /** Mappings in the tree below and here. */
  readonly size: number;
  readonly left: MappingTree;
  readonly right: MappingTree;
}

/** What {@link withMapping} did. */
export interface MappingChange {
  tree: MappingTree;
  /** The new mapping was there already; the tree is the same. */
  isRepeat: boolean;
  /** It replaced older mappings, whole or in part. */
  replaces: boolean;
}

/** Maps a stretch of addresses: what it covers of older mappings is gone, what it leaves of them stays. */
export function withMapping(tree: MappingTree, mapping: Mapping): MappingChange {
  if (mapping.end <= mapping.start) return { tree, isRepeat: true, replaces: false };
  const before = lastBefore(tree, mapping.end);
  if (before === null || before.end <= mapping.start) {
    const [below, above] = split(tree, mapping.start);
    return { tree: join(join(below, leaf(mapping)), above), isRepeat: false, replaces: false };
  }
  if (isSame(before, mapping)) return { tree, isRepeat: true, replaces: false };
  const [below, rest] = split(tree, mapping.start);
  const [, above] = split(rest, mapping.end);
  // Of mappings that begin inside the new one, only the last can reach beyond it; of those before, only the last into it.
  const cutBelow = lastBefore(below, mapping.start);
  let result = below;
  if (cutBelow !== null && cutBelow.end > mapping.start) {
    const [untouched] = split(below, cutBelow.start);
    result = join(untouched, leaf({ ...cutBelow, end: mapping.start }));
  }
  result = join(result, leaf(mapping));
  if (before.end > mapping.end) {
    const fileOffset = before.fileOffset + (mapping.end - before.start);
    result = join(result, leaf({ ...before, start: mapping.end, fileOffset }));
  }
  return { tree: join(result, above), isRepeat: false, replaces: true };
}

/** The mappings in order of address. */
export function mappingsOf(tree: MappingTree): Mapping[] {
  const mappings: Mapping[] = [];
  const visit = (node: MappingTree): void => {
    if (node === null) return;
    visit(node.left);
    mappings.push(node.mapping);
    visit(node.right);
  };
  visit(tree);
  return mappings;
}

export function mappingCount(tree: MappingTree): number {
  return tree?.size ?? 0;
}

/** The mapping that begins last below an address. */
function lastBefore(tree: MappingTree, address: bigint): Mapping | null {
  let found: Mapping | null = null;
  for (let node = tree; node !== null;) {
    if (node.mapping.start < address) {
      found = node.mapping;
      node = node.right;
    } else node = node.left;
  }
  return found;
}

function isSame(a: Mapping, b: Mapping): boolean {
  return a.start === b.start && a.end === b.end && a.fileOffset === b.fileOffset && a.path === b.path;
}

/** The part that begins below an address, and the rest. */
function split(tree: MappingTree, address: bigint): [MappingTree, MappingTree] {
  if (tree === null) return [null, null];
  if (tree.mapping.start < address) {
    const [below, above] = split(tree.right, address);
    return [nodeOf(tree, tree.left, below), above];
  }
  const [below, above] = split(tree.left, address);
  return [below, nodeOf(tree, above, tree.right)];
}

/** Two trees, all of the first below all of the second, as one. */
function join(a: MappingTree, b: MappingTree): MappingTree {
  if (a === null) return b;
  if (b === null) return a;
  return a.priority > b.priority ? nodeOf(a, a.left, join(a.right, b)) : nodeOf(b, join(a, b.left), b.right);
}

function nodeOf(
  { mapping, priority }: Pick<MappingNode, 'mapping' | 'priority'>,
  left: MappingTree,
  right: MappingTree,
): MappingNode {
  return { mapping, priority, left, right, size: 1 + mappingCount(left) + mappingCount(right) };
}

/**
 * Priorities are drawn: a sequence that is known could be met by addresses in its order, and the tree would be a list.
 * What the tree holds, and in which order, does not depend on them.
 */
function leaf(mapping: Mapping): MappingNode {
  return nodeOf({ mapping, priority: Math.random() }, null, null);
}
