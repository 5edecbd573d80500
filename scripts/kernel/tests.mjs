// What a run on the real kernel has to show, in order: what the guest does not tell of counts as failed.
export const GUEST_TESTS = [
  'the kernel shows two LE controllers',
  'a cloud serves in the guest',
  'a lock runs on an adapter',
  'activation brings the first table, over noble and bleno on the kernel',
  'a code of the table opens',
  'the app of a resident opens over the secured channel',
  'a sync with nothing to do says so',
  'after a revocation the old code opens until the Door Sync',
  'the Door Sync of a revocation is a delta, and applied',
  'the code of who was revoked is refused',
  "BlueZ as a central reads the lock and carries a signed set by the wire format's own steps",
];
export const TRACE_TEST = "btmon reads the kernel's trace of all of it without an error";
