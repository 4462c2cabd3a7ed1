// The calls about the box itself: power, network, updates.

import { client } from '.';
import type {
  BoxDetail,
  NetworkStatus,
  PowerAction,
  UpdatePolicy,
  UpdateStatus,
  WifiNetworks,
} from './types';

const post = <T>(path: string, body: unknown = {}) =>
  client.call<T>(`device/${path}`, { method: 'POST', body });

export const device = () => client.call<BoxDetail>('device');

export const network = () => client.call<NetworkStatus>('device/network');

export const wifi = (anew: boolean) => client.call<WifiNetworks>(`device/wifi?anew=${anew}`);

export const join = (name: string, password: string | undefined) =>
  post<void>('wifi', { name, password: password ?? null });

export const updates = () => client.call<UpdateStatus>('device/updates');

export const check = () => post<UpdateStatus>('updates/check');

export const install = (id: string) => post<UpdateStatus>('updates/install', { id });

export const choosePolicy = (policy: UpdatePolicy) => post<void>('updates/policy', { policy });

/** An IANA name. The first one of the house is taken from anybody, later ones from the owner. */
export const setTimeZone = (time_zone: string) =>
  client.call<void>('device/time-zone', { method: 'PUT', body: { time_zone } });

export const power = (action: PowerAction) => post<void>('power', { action });
