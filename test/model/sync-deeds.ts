// What a courier carries to the lock: sets and deltas, whole and in part.
import type { HandCourier } from '#test/lock-sim/hand-courier.ts';
import type { SyncAction } from './actions.ts';
import { checkReceipt } from './agree.ts';
import { aDeltaOf, aSet } from './cloud.ts';
import { same } from './disagreement.ts';
import { commit, judgeOffer, refuse, spell } from './plain/owner.ts';
import type { Numbered } from './plain/state.ts';
import { lastSaid } from './real-lock.ts';
import { TABLES } from './tables.ts';
import { announce, now, take, type World } from './world.ts';

export function sync(world: World, action: SyncAction): readonly string[] {
  const { real } = world;
  const { offer, set } = offerOf(world, action);
  const verdict = judgeOffer(world.model, offer, now(world));
  const courier = real.greeted(world.model.life === 'activated');
  const isWhole = action.chunks === undefined;
  if (verdict !== 'goes on') {
    const outcome =
      verdict === 'receipt'
        ? { lock: world.model, says: verdict, rows: [] }
        : refuse(world.model, verdict, now(world));
    announce(world, outcome);
    courier.offer(set, { offerId: real.nextOfferId() });
    same('the answer to an offer', lastSaid(courier), verdict);
    const receipt = courier.receipts.at(-1);
    if (receipt !== undefined) checkReceipt(world, receipt);
    courier.leave();
    return take(world, outcome);
  }
  announce(world, commit(world.model, offer));
  if (!isWhole) return partly(world, courier, action.chunks, { offer, set });
  const receipt = courier.deliver(set, real.nextOfferId());
  same('how a sync ends', lastSaid(courier), 'receipt');
  const rows = take(world, commit(world.model, offer));
  if (receipt !== undefined) checkReceipt(world, receipt);
  courier.leave();
  return rows;
}

/** The courier goes after so many chunks; whatever the lock has by then counts. */
function partly(
  world: World,
  courier: HandCourier,
  chunks: number,
  { offer, set }: ReturnType<typeof offerOf>,
): readonly string[] {
  const { real, model } = world;
  const startedMs = real.monotonicMs;
  courier.offer(set, { offerId: real.nextOfferId() });
  const isSame = spell(model.receiving?.triple ?? model.floor) === spell(offer.triple);
  for (let index = 0; index < Math.min(chunks, set.chunks.length); index++) courier.chunk(index);
  real.bench.clock.advance(500);
  const isDone = lastSaid(courier) === 'receipt';
  const moved = chunks > 0 || !isSame ? startedMs : (model.receiving?.movedAtMs ?? startedMs);
  world.model = isDone ? commit(model, offer).lock : { ...model, receiving: { ...offer, movedAtMs: moved } };
  const rows = isDone ? commit(model, offer).rows : [];
  const receipt = courier.receipts.at(-1);
  if (receipt !== undefined) checkReceipt(world, receipt);
  courier.leave();
  return rows;
}

function offerOf({ model }: World, action: SyncAction) {
  const { floor } = model;
  const number = model.keySet ?? 1;
  const by = { owner: 0, thief: 0, 'next key set': 1, 'key set before': -1 }[action.signer];
  const keySetNumber = Math.max(1, number + by);
  const table = TABLES[action.table]!;
  const triple = {
    ownershipEpoch: Math.max(1, floor.ownershipEpoch + action.epochsOn),
    keyEpoch: keySetNumber,
    tableVersion: Math.max(1, floor.tableVersion + action.versionsOn),
  };
  const { inForce } = model;
  const other = TABLES.find(({ name }) => name !== inForce?.table.name)!;
  const base: Numbered | undefined =
    action.base === 'none' || inForce === undefined || action.isForAnother
      ? undefined
      : action.base === 'in force'
        ? inForce
        : { triple: { ...triple, tableVersion: 1 }, table: other };
  const isThiefs = action.signer === 'thief';
  const wish = { triple, table, keySetNumber, isThiefs, isForAnother: action.isForAnother };
  const full = aSet(wish);
  const set =
    base === undefined ? full : aDeltaOf(aSet({ ...base, keySetNumber: base.triple.keyEpoch }), full);
  const offer = {
    triple,
    table,
    signedBy: isThiefs ? undefined : keySetNumber,
    isForThisLock: !action.isForAnother,
    base,
  };
  return { offer, set };
}
