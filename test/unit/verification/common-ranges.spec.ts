import { commonRanges, isTrustedAddress } from '../../../src/verification/trusted-ips.js';

describe('commonRanges', () => {
  it.each<[string[] | null, string[] | null, string[] | null]>([
    [null, null, null],
    [null, ['10.0.0.0/8'], ['10.0.0.0/8']],
    [['10.0.0.1'], null, ['10.0.0.1']],
    [['10.0.0.0/8'], ['10.1.0.0/16'], ['10.1.0.0/16']],
    [['10.1.2.3'], ['10.0.0.0/8'], ['10.1.2.3']],
    [['10.1.2.3/32'], ['10.1.2.3'], ['10.1.2.3/32']],
    [['10.0.0.0/8'], ['11.0.0.0/8'], []],
    [[], ['10.0.0.0/8'], []],
    [['0.0.0.0/0'], ['::/0'], []],
    [
      ['0.0.0.0/0', '::/0'],
      ['10.0.0.1', '2001:db8::/32'],
      ['10.0.0.1', '2001:db8::/32'],
    ],
    [['2001:db8::/32'], ['2001:db8:1::/48', '2001:db9::/32'], ['2001:db8:1::/48']],
    [['10.0.0.0/8', '10.1.0.0/16'], ['10.1.2.0/24'], ['10.1.2.0/24']],
  ])('of %j and %j is %j', (left, right, expected) => {
    expect(commonRanges(left, right)).toEqual(expected);
  });

  it('lets in an address if and only if both do', () => {
    const lists = [
      ['10.0.0.0/8', '192.168.1.7'],
      ['10.128.0.0/9', '192.168.0.0/16', '::1'],
      ['0.0.0.0/0'],
      ['::/0', '10.200.0.0/13'],
    ];
    const addresses = ['10.0.0.1', '10.128.0.1', '10.200.3.4', '10.207.255.255', '10.208.0.0', '192.168.1.7', '192.168.1.8', '::1', '2001:db8::1']; // prettier-ignore
    for (const left of lists)
      for (const right of lists)
        for (const ip of addresses)
          expect([ip, left, right, isTrustedAddress(ip, commonRanges(left, right) as string[])]).toEqual([
            ip,
            left,
            right,
            isTrustedAddress(ip, left) && isTrustedAddress(ip, right),
          ]);
  });
});
