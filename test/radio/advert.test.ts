// Adverts as bytes: what fits, what comes back, and that any bytes can be read.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeAdvert, encodeAdvert } from '#radio/advert.ts';
import { anAdvert, OTHER_SERVICE, SERVICE } from './radio-rig.ts';

describe('an advert', () => {
  it('has flags and services in its data, the rest in the scan response', () => {
    const { data, scanResponse } = encodeAdvert(anAdvert());
    expect(Buffer.from(data).toString('hex')).toBe(
      '020106' + '1107' + Buffer.from(SERVICE, 'hex').reverse().toString('hex'),
    );
    expect(Buffer.from(scanResponse).toString('hex')).toBe('06ffffff010203' + '05096c6f636b');
  });

  it('is what was encoded', () => {
    const adverts = [
      anAdvert(),
      { serviceUuids: ['180f', '180a'] },
      { serviceUuids: [], localName: 'Tür 1' },
    ];
    for (const advert of adverts) {
      const { data, scanResponse } = encodeAdvert(advert);
      expect(decodeAdvert(data, scanResponse)).toEqual(advert);
    }
  });

  it('takes 18 bytes of manufacturer data and a name of 8, and no more', () => {
    const most = anAdvert({ manufacturerData: new Uint8Array(18), localName: 'Door 123' });
    expect(encodeAdvert(most).scanResponse).toHaveLength(30);
    const long = [
      anAdvert({ manufacturerData: new Uint8Array(20), localName: 'Door 123' }),
      anAdvert({ localName: 'Türblatt' }),
      anAdvert({ serviceUuids: [SERVICE, OTHER_SERVICE] }),
      anAdvert({ serviceUuids: ['not a UUID'] }),
    ];
    for (const advert of long) {
      expect(() => encodeAdvert(advert)).toThrow(
        expect.objectContaining({ code: 'ADVERT_INVALID' }) as Error,
      );
    }
  });

  it('is decoded from any bytes without throwing', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.uint8Array({ maxLength: 40 }),
        (data, scanResponse) => {
          expect(Array.isArray(decodeAdvert(data, scanResponse).serviceUuids)).toBe(true);
        },
      ),
    );
  });
});
