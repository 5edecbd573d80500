// The sentences of the contract that Chromium's emulation can't do, each with why. docs/radio.md lists the reasons.

const NO_ADVERTS = 'a page sees no adverts: a peripheral is chosen, and is always there';
const NO_NOTIFICATIONS = 'the emulation can’t notify';
const NO_MTU = 'a browser tells no MTU, and takes what is hoped for';
const NO_HANDLES = 'a browser tells no handles, and shows neither 1800 nor 1801';
const NO_ATT_STATUS = 'a browser tells no ATT status';
const ENDS_THE_BROWSER = 'a link dropped under an open operation ends this Chromium';
const NO_END = 'the emulation tells a peripheral of no end: the page tells ours, once it was connected';
const PERIPHERALS_OWN = 'a promise of the peripheral alone';

export const BEYOND_EMULATION: Readonly<Record<string, string>> = {
  'connecting agrees on an MTU and finds the whole table': NO_MTU,
  'values are whole up to their limit and refused beyond it': NO_MTU,
  'only the wanted services are looked into': NO_HANDLES,
  'with the table of an earlier meeting nothing is discovered': NO_HANDLES,
  'a peripheral that is away is given up in time, and another is met at once': NO_ADVERTS,
  'a signal ends the wait for a peripheral': NO_ADVERTS,
  'one central connects to several peripherals, asked for at once': NO_ADVERTS,
  'a peripheral takes one central: a second waits until the first is gone': NO_ADVERTS,
  'a scan goes on after connecting': NO_ADVERTS,
  'closing ends scan, links and waits, twice as well as once, and refuses what comes after': NO_ADVERTS,
  'a peripheral that never opened closes': PERIPHERALS_OWN,
  'a subscriber gets each notification, a copy of its own': NO_NOTIFICATIONS,
  'what is notified as the central subscribes arrives': NO_NOTIFICATIONS,
  'a command before subscribing is taken, and its answer notified after': NO_NOTIFICATIONS,
  'a notification that nobody subscribed to, or that is too long, is not sent': NO_NOTIFICATIONS,
  'the bytes that a caller writes or notifies are its own again at once': NO_NOTIFICATIONS,
  'after a disconnect nothing is asked and nothing notified, nor told to the next central': NO_NOTIFICATIONS,
  'a subscription fails with LINK_LOST as the link drops under it': NO_NOTIFICATIONS,
  'a subscription that is not answered ends at its deadline, and the link with it': NO_NOTIFICATIONS,
  'a subscription fails with CLOSED as its central is closed': NO_NOTIFICATIONS,
  'connecting to a peer that hangs ends at its deadline': NO_END,
  'an ATT error is told with its status and the link goes on': NO_ATT_STATUS,
  'a read fails with LINK_LOST as the link drops under it': ENDS_THE_BROWSER,
  'a write fails with LINK_LOST as the link drops under it': ENDS_THE_BROWSER,
  'connecting fails with LINK_LOST as the link drops during discovery': ENDS_THE_BROWSER,
};
