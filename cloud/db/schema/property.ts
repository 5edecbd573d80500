// Portfolios, properties, doors and Keys, as rows.
import type { DoorType, LockoutProfile } from '#protocol/api/property.ts';

export interface PropertySchema {
  portfolios: { id: string; name: string; created_at_s: number };
  properties: {
    id: string;
    portfolio_id: string;
    name: string;
    zone: string;
    doorcode_length: number;
    /** How long activity is kept. */
    retention_days: number;
    /** An alarm is due where a door waits longer for its Door Sync. */
    unsynced_alarm_s: number;
    created_at_s: number;
  };
  /** Local days since 1970-01-01. */
  holidays: { property_id: string; day: number; name: string };
  doors: {
    id: string;
    property_id: string;
    name: string;
    type: DoorType;
    internet: number;
    /** What the door's lock should have: raised with each change that touches the door. */
    target_version: number;
    daily_slots: number;
    single_use_slots: number;
    /** Raising it ends all daily codes; it never falls under one owner (WIRE 6.5). */
    daily_epoch: number;
    lockout_profile: LockoutProfile;
    /** Seconds a latch or relay stays released. */
    unlock_s: number;
    /** JSON of HoldOpen, as validated; null for never. */
    hold_open: string | null;
    created_at_s: number;
  };
  access_keys: {
    id: string;
    property_id: string;
    name: string;
    may_share: number;
    created_at_s: number;
    /** A deleted Key stays for the sake of the grants that were of it. */
    deleted_at_s: number | null;
  };
  key_doors: {
    key_id: string;
    door_id: string;
    provide_doorcodes: number;
    /** JSON of KeySchedule, as validated; null for always. */
    schedule: string | null;
  };
}
