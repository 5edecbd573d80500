// Writes a tree of CBOR with one item of it spoilt: a length that lies, another type, a subtree from elsewhere, deep
// nesting, an encoding that is not the shortest. All lengths around it are right.
import type { CborNode, CborSample } from './cbor-tree.ts';
import type { FuzzRandom } from './fuzz-random.ts';

const OUT_BYTES = 1 << 16;
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
/** Items of each kind, of the profile and not. */
const ITEMS: readonly Uint8Array[] = [
  'f6', 'f5', 'f4', 'f7', 'f0', 'f820', 'ff', 'f93c00', 'fb3ff0000000000000', '00', '01', '17', '1818', '18ff', '190100', '19ffff',
  '1a00010000', '1a7fffffff', '1affffffff', '1bffffffffffffffff', '20', '38ff', '3affffffff', '3bffffffffffffffff', '40', '4100',
  '5820'.padEnd(68, 'a5'), '60', '6141', '61ff', '6100', '62c328', '80', '8100', '9fff', 'a0', 'a10101', 'a201010101', 'a201010001', 'a1f601',
  'bfff', 'c000', 'c240', 'd81800', 'd9d9f7f6', 'd28443a0a04040', '1800', '190000', '1a00000001', '5f40ff', '7f60ff', '9affffffff', 'baffffffff', '5affffffff', '7affffffff',
].map(hex); // prettier-ignore
const ARGUMENTS = [0, 1, 23, 24, 255, 256, 4_096, 65_535, 65_536, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff];
const TIMES_MAX = 300;
const DEEP_MAX = 4_096;

export class CborSpoiler {
  readonly #out = new Uint8Array(OUT_BYTES);
  #at = 0;
  #left = 0;
  #random!: FuzzRandom;
  #donors: readonly CborNode[] = [];

  /** `donors`: where subtrees are taken from. A fresh array. */
  spoil(random: FuzzRandom, sample: CborSample, donors: readonly CborNode[]): Uint8Array {
    this.#at = 0;
    this.#random = random;
    this.#donors = donors;
    this.#left = random.below(sample.nodes);
    this.#put(sample.prefix);
    this.#write(sample.root);
    return this.#out.slice(0, this.#at);
  }

  #write(node: CborNode): void {
    if (this.#left-- === 0) this.#spoilt(node);
    else this.#plain(node, node.argument, node.children);
  }

  #plain(node: CborNode, argument: number, children: readonly CborNode[]): void {
    const { major, content } = node;
    if (major !== 2 || children.length === 0) {
      this.#head(major, argument);
      if (content !== undefined) this.#put(content);
      for (const child of children) this.#write(child);
      return;
    }
    // The head is as long as what is inside turns out to be.
    const start = this.#at;
    for (const child of children) this.#write(child);
    const inner = this.#out.slice(start, this.#at);
    this.#at = start;
    this.#head(major, inner.length);
    this.#put(inner);
  }

  #spoilt(node: CborNode): void {
    const random = this.#random;
    switch (random.below(10)) {
      case 0:
        this.#head(node.major, random.one(ARGUMENTS));
        this.#rest(node);
        return;
      case 1:
        this.#head(node.major, node.argument + random.one([-1, 1, 2, 256]));
        this.#rest(node);
        return;
      case 2:
        this.#head(random.below(8), node.argument);
        this.#rest(node);
        return;
      case 3:
        this.#longHead(node.major, node.argument, random.one([1, 2, 4, 8]));
        this.#rest(node);
        return;
      case 4:
        this.#put(
          new Uint8Array(1 + random.below(random.below(8) === 0 ? DEEP_MAX : TIMES_MAX)).fill(
            random.one([0x81, 0xa1, 0xd2, 0x9f, 0xbf]),
          ),
        );
        this.#plain(node, node.argument, node.children);
        return;
      case 5:
        this.#plainOf(random.one(this.#donors));
        return;
      case 6:
        this.#resized(node);
        return;
      case 7:
        for (let times = random.below(4); times > 0; times--) this.#plain(node, node.argument, node.children);
        return;
      default:
        this.#put(random.one(ITEMS));
    }
  }

  /** Other numbers of members or bytes than there were, said rightly. */
  #resized(node: CborNode): void {
    const random = this.#random;
    const { major, children } = node;
    if (major < 2) {
      this.#head(major, random.below(2) === 0 ? random.next() : random.one(ARGUMENTS));
    } else if (major < 4) {
      const content = random.bytes(random.below(random.below(8) === 0 ? 5_000 : 80));
      this.#head(major, content.length);
      this.#put(content);
    } else if (major < 6 && children.length > 0) {
      const step = major - 3;
      const members =
        random.below(4) === 0 ? random.below(TIMES_MAX) : random.below(children.length / step + 2);
      this.#head(major, members);
      for (let i = 0; i < members * step; i++) this.#plainOf(random.one(children));
    } else this.#head(major, random.below(40));
  }

  #rest(node: CborNode): void {
    if (node.content !== undefined) this.#put(node.content);
    else for (const child of node.children) this.#plainOf(child);
  }

  /** Without a second spoiling. */
  #plainOf(node: CborNode): void {
    this.#left = -1;
    this.#plain(node, node.argument, node.children);
  }

  #head(major: number, argument: number): void {
    const value = argument >>> 0;
    const width = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x1_0000 ? 2 : 4;
    this.#longHead(major, value, width);
  }

  #longHead(major: number, argument: number, width: number): void {
    if (this.#at + 9 > OUT_BYTES) return;
    const info = width === 0 ? argument & 0x1f : 24 + Math.log2(width);
    this.#out[this.#at++] = (major << 5) | info;
    for (let i = width - 1; i >= 0; i--) {
      this.#out[this.#at++] = i > 3 ? 0 : (argument >>> (8 * i)) & 0xff;
    }
  }

  #put(bytes: Uint8Array): void {
    if (this.#at + bytes.length > OUT_BYTES) return;
    this.#out.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}
