// Device addresses: 6 bytes, on the wire last byte first (Core Specification 5.4, Vol 6 Part B, 1.3). Here they
// are 12 lower-case hex digits in reading order, which is also how noble names a peripheral.

export interface DeviceAddress {
  readonly address: string;
  readonly random: boolean;
}

export function addressFrom(bytes: Buffer, at: number): string {
  return Buffer.from(bytes.subarray(at, at + 6))
    .reverse()
    .toString('hex');
}

export function addressInto(address: string, bytes: Buffer, at: number): void {
  bytes.set(Buffer.from(address, 'hex').reverse(), at);
}

/** The n-th address of an air: locally administered, not multicast, so no real maker's. */
export function airAddress(n: number): string {
  return `02d0${n.toString(16).padStart(8, '0')}`;
}
