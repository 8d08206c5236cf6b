import { Frontier, subtreesOf } from '../../../src/log-format/transparency/subtrees.js';
import {
  EMPTY_ROOT,
  leafHash,
  leafHashBase64,
  merkleRoot,
  nodeHash,
} from '../../../src/log-format/transparency/merkle-tree.js';
import { naiveRoot } from './naive-tree.js';

/** The eight entries and roots of the Certificate Transparency reference implementation's tests. */
const CT_ENTRIES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const CT_ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

describe('Merkle tree', () => {
  it('has the roots of the Certificate Transparency test data', () => {
    const leaves = CT_ENTRIES.map((hex) => leafHash(Buffer.from(hex, 'hex')));
    expect(EMPTY_ROOT.toString('hex')).toBe(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    expect(CT_ROOTS.map((_, i) => merkleRoot(leaves.slice(0, i + 1)).toString('hex'))).toEqual(CT_ROOTS);
    const frontier = new Frontier();
    expect(frontier.root()).toEqual(EMPTY_ROOT);
    for (const [i, leaf] of leaves.entries()) {
      frontier.appendSubtree(0, leaf);
      expect(frontier.root().toString('hex')).toBe(CT_ROOTS[i]);
    }
  });

  it('hashes a text as its UTF-8 bytes', () => {
    expect(leafHash('é€😀')).toEqual(leafHash(Buffer.from('é€😀')));
    expect(leafHashBase64('é€😀')).toBe(leafHash('é€😀').toString('base64'));
  });

  it('refuses to hash anything but two whole hashes into a node', () => {
    expect(() => nodeHash(Buffer.alloc(32), Buffer.alloc(31))).toThrow(RangeError);
  });
});

describe('frontier', () => {
  const entries = Array.from({ length: 260 }, (_, i) => Buffer.from(`entry ${i}`));
  const leaves = entries.map((entry) => leafHash(entry));

  it('has the root of the whole list at every size', () => {
    const frontier = new Frontier();
    for (let size = 1; size <= entries.length; size += 1) {
      frontier.appendSubtree(0, leaves[size - 1]!);
      const root = naiveRoot(entries.slice(0, size));
      expect(frontier.root()).toEqual(root);
      expect(merkleRoot(leaves.slice(0, size))).toEqual(root);
    }
  });

  it('takes any range of leaves by its subtrees alone', () => {
    for (let end = 0; end <= 70; end += 1) {
      const root = naiveRoot(entries.slice(0, end));
      for (let begin = 0; begin <= end; begin += 1) {
        const frontier = new Frontier();
        for (const leaf of leaves.slice(0, begin)) frontier.appendSubtree(0, leaf);
        for (const { level, index } of subtreesOf(begin, end)) {
          frontier.appendSubtree(
            level,
            merkleRoot(leaves.slice(index * 2 ** level, (index + 1) * 2 ** level)),
          );
        }
        expect(frontier.size).toBe(end);
        expect(frontier.root()).toEqual(root);
      }
    }
  });

  it('refuses subtrees that cannot start there', () => {
    const frontier = new Frontier();
    frontier.appendSubtree(0, leaves[0]!);
    expect(() => frontier.appendSubtree(1, leaves[1]!)).toThrow(RangeError);
  });
});
