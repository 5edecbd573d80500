// Which hosts are this very machine: what goes there crosses no network.

/** As `URL.hostname` spells it, with or without the brackets of IPv6. */
export const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname === '[::1]' ||
  hostname === '::1' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);
