// Zones by the runtime's own data: local times there and back, and every change of offset to the second.
import { expect, test } from 'vitest';
import { isZone, offsetAtS, transitionsOf, utcOfLocalS } from '#cloud/domain/zone.ts';

const at = (text: string): number => Date.parse(`${text}Z`) / 1000;

test('a local time in a gap is moved on by it, one that happens twice is the first', () => {
  const local = (month: number, day: number, hour: number, minute: number) =>
    utcOfLocalS('America/New_York', { year: 2027, month, day, hour, minute });
  expect(local(1, 1, 0, 0)).toBe(at('2027-01-01T05:00'));
  expect(local(3, 14, 2, 30)).toBe(at('2027-03-14T07:30'));
  expect(local(11, 7, 1, 30)).toBe(at('2027-11-07T05:30'));
  expect(local(11, 7, 2, 0)).toBe(at('2027-11-07T07:00'));
});

test('transitions are found to the second and the offset holds between them', () => {
  // Past years: what governments decide about coming ones differs between the zone data of Node's versions.
  const [fromS, untilS] = [at('2020-01-01T00:00'), at('2024-01-01T00:00')];
  for (const [zone, count] of [
    ['America/New_York', 8],
    ['Europe/Berlin', 8],
    ['Australia/Lord_Howe', 8],
    // Two a year, about Ramadan: five weeks apart, at another date each year.
    ['Africa/Casablanca', 8],
  ] as const) {
    const found = transitionsOf(zone, fromS, untilS, 20);
    expect([zone, found.length]).toEqual([zone, count]);
    for (const { atS, offsetS } of found) {
      expect(offsetAtS(zone, atS)).toBe(offsetS);
      expect(offsetAtS(zone, atS - 1)).not.toBe(offsetS);
    }
  }
  expect(transitionsOf('America/New_York', fromS, untilS, 3)).toHaveLength(3);
  expect(transitionsOf('Asia/Kolkata', fromS, untilS, 20)).toEqual([]);
  expect(offsetAtS('Asia/Kolkata', fromS)).toBe(19_800);
});

test('the well-known change of 2027 in New York is where it should be', () => {
  const [first] = transitionsOf('America/New_York', at('2027-01-01T00:00'), at('2028-01-01T00:00'), 20);
  expect(first).toEqual({ atS: at('2027-03-14T07:00'), offsetS: -4 * 3_600 });
});

test('a zone is known or not, and no text makes it throw', () => {
  expect(['UTC', 'Europe/Berlin', 'Mars/Olympus', '', '__proto__'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
