// A message as a tree of CBOR items, byte strings that hold CBOR looked into, so that one item can be spoilt and the
// lengths around it still be right: the spoilt one is met deep inside, behind every outer check.

export interface CborNode {
  readonly major: number;
  /** As the head says. */
  readonly argument: number;
  /** Of a string. */
  readonly content: Uint8Array | undefined;
  /** Of an array or map (keys and values in turn), a tag, or a byte string that is CBOR itself. */
  readonly children: readonly CborNode[];
}

export interface CborSample {
  /** In front of the item: the header of an offer. */
  readonly prefix: Uint8Array;
  readonly root: CborNode;
  readonly nodes: number;
}

const DEPTH_MAX = 12;
/** Bytes that may stand before a message's CBOR. */
const PREFIX_MAX_BYTES = 3;

/** Undefined where the message is no CBOR. */
export function cborSample(bytes: Uint8Array): CborSample | undefined {
  for (let at = 0; at <= PREFIX_MAX_BYTES; at++) {
    const found = parseItem(bytes, at, 0);
    const isStructure = found !== undefined && found.node.children.length > 0 && found.end === bytes.length;
    if (isStructure) return { prefix: bytes.slice(0, at), root: found.node, nodes: countOf(found.node) };
  }
  return undefined;
}

export const countOf = (node: CborNode): number =>
  node.children.reduce((sum, child) => sum + countOf(child), 1);

function parseItem(
  bytes: Uint8Array,
  at: number,
  depth: number,
): { node: CborNode; end: number } | undefined {
  const initial = bytes[at];
  if (initial === undefined || depth > DEPTH_MAX) return undefined;
  const [major, info] = [initial >> 5, initial & 0x1f];
  const width = info < 24 ? 0 : 1 << (info - 24);
  if (info > 26 || at + 1 + width > bytes.length) return undefined;
  let argument = info < 24 ? info : 0;
  for (let i = 1; i <= width; i++) argument = argument * 256 + (bytes[at + i] ?? 0);
  let end = at + 1 + width;
  if (major === 2 || major === 3) {
    if (end + argument > bytes.length) return undefined;
    const content = bytes.slice(end, end + argument);
    const inner = major === 2 ? innerOf(content, depth) : undefined;
    const children = inner === undefined ? [] : [inner];
    return { node: { major, argument, content, children }, end: end + argument };
  }
  const items = major === 4 ? argument : major === 5 ? 2 * argument : major === 6 ? 1 : 0;
  const children: CborNode[] = [];
  for (let i = 0; i < items; i++) {
    const child = parseItem(bytes, end, depth + 1);
    if (child === undefined) return undefined;
    children.push(child.node);
    end = child.end;
  }
  return { node: { major, argument, content: undefined, children }, end };
}

function innerOf(content: Uint8Array, depth: number): CborNode | undefined {
  const found = parseItem(content, 0, depth + 1);
  return found !== undefined && found.end === content.length && found.node.children.length > 0
    ? found.node
    : undefined;
}
