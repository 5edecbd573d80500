// Every failure of a radio, typed. Anything else that leaves a port is a defect.
import { DoorlabError } from '#protocol/errors.ts';

export type RadioErrorCode =
  | 'ADAPTER_MISSING' // no adapter, or the platform has no Bluetooth
  | 'ADAPTER_BUSY' // another process holds it
  | 'ADAPTER_OFF' // present, not powered on in time
  | 'ADAPTER_GONE' // the controller hung up or was pulled out, and its links are lost
  | 'ADAPTER_GARBLED' // what came from the controller is no HCI
  | 'AIR_UNREACHABLE' // the WebSocket air does not answer
  | 'TRACE_EXISTS' // a trace is never written over another file
  | 'TRACE_UNWRITABLE'
  | 'SCAN_FAILED'
  | 'ADVERT_INVALID' // too long for an advert
  | 'CONNECT_TIMEOUT' // the peripheral was not met in time
  | 'CONNECT_FAILED'
  | 'LINK_LOST' // the link dropped before the operation ended
  | 'TIMEOUT' // the peer did not answer in time; the link is then dropped too
  | 'ATT_ERROR' // the peer answered an ATT error, see attStatus
  | 'NO_CHARACTERISTIC' // the peer's GATT has none of that UUID
  | 'VALUE_TOO_LONG' // more than MTU - 3
  | 'CLOSED'; // the port was closed

export class RadioError extends DoorlabError {
  readonly code: RadioErrorCode;
  readonly attStatus: number | undefined;

  constructor(
    code: RadioErrorCode,
    message: string,
    options: { cause?: unknown; next?: string; attStatus?: number } = {},
  ) {
    super(message, options);
    this.code = code;
    this.attStatus = options.attStatus;
  }
}
