// Where HCI packets travel as a byte stream: a TCP port, a Unix socket, or a serial line. Words and back, exactly.

export type H4Endpoint =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'serial'; readonly device: string; readonly baud: number };

export const LOOPBACK = '127.0.0.1';
/** What Zephyr's hci_uart comes with. */
export const DEFAULT_BAUD = 1_000_000;
const BAUD_MAX = 20_000_000;
const PORT_MAX = 65_535;

/** `tcp:9000` is on loopback; an IPv6 address stands in brackets. Undefined where it is none of the forms. */
export function parseEndpoint(text: string): H4Endpoint | undefined {
  const [, kind, rest] = /^(tcp|unix|serial):(.+)$/s.exec(text) ?? [];
  if (rest === undefined) return undefined;
  if (kind === 'unix') return { kind, path: rest };
  return kind === 'tcp' ? tcp(rest) : serial(rest);
}

function tcp(text: string): H4Endpoint | undefined {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > PORT_MAX) return undefined;
  return { kind: 'tcp', host: bracketed ?? plain ?? LOOPBACK, port };
}

function serial(text: string): H4Endpoint | undefined {
  const [, device, digits] = /^(.+?)(?::(\d{1,9}))?$/s.exec(text) ?? [];
  const baud = digits === undefined ? DEFAULT_BAUD : Number(digits);
  if (device === undefined || baud < 1 || baud > BAUD_MAX) return undefined;
  return { kind: 'serial', device, baud };
}

/** sun_path of unix(7), without its closing zero: the system cuts off what is longer, and takes another path. */
const UNIX_PATH_BYTES_MAX = 107;

/** Why no socket can be there; undefined where one can. */
export function pathFlaw(path: string): string | undefined {
  const bytes = Buffer.byteLength(path);
  if (bytes <= UNIX_PATH_BYTES_MAX) return undefined;
  return `the path has ${bytes} bytes, a socket's at most ${UNIX_PATH_BYTES_MAX}`;
}

export function endpointText(endpoint: H4Endpoint): string {
  switch (endpoint.kind) {
    case 'tcp':
      return `tcp:${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}`;
    case 'unix':
      return `unix:${endpoint.path}`;
    case 'serial':
      return `serial:${endpoint.device}:${endpoint.baud}`;
  }
}
