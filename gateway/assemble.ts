// A gateway put together, the same way wherever it runs: core, challenges, address truth, front door and own pages. The lists,
// the log and where reports go are the caller's.
import type { Clock } from '../common/clock.ts';
import { AddressTruth } from './address-truth.ts';
import { Captcha } from './captcha/captcha.ts';
import type { GatewayKeys } from './captcha/secrets.ts';
import { Gateway, type GatewayMode, type GatewayModules } from './gateway.ts';
import { FrontDoor, type FrontDoorModules, type FrontDoorOptions } from './ways-in/front-door.ts';
import { OwnPages } from './ways-in/own-pages.ts';

export interface AssembleGatewayOptions extends FrontDoorOptions {
  readonly mode: GatewayMode;
  readonly keys: GatewayKeys;
  /** See AddressTruth. */
  readonly trustedProxies: readonly string[];
}

export interface AssembleGatewayModules
  extends Omit<GatewayModules, 'captcha'>,
    Pick<FrontDoorModules, 'limits' | 'sessions' | 'onAnswered'> {
  readonly clock: Clock;
}

export interface AssembledGateway {
  readonly gateway: Gateway;
  readonly captcha: Captcha;
  readonly proxies: AddressTruth;
  readonly door: FrontDoor;
  readonly own: OwnPages;
}

export function assembleGateway(options: AssembleGatewayOptions, modules: AssembleGatewayModules): AssembledGateway {
  const { mode, keys, owner, signIn, trustedProxies } = options;
  const { clock, random, limits, sessions, onAnswered, ...core } = modules;
  const captcha = new Captcha({ keys }, { clock, random });
  const gateway = new Gateway({ mode }, { ...core, captcha, random });
  const proxies = new AddressTruth({ trustedProxies });
  const door = new FrontDoor(
    { owner, signIn },
    { clock, gateway, limits, captcha, sessions, proxies, ...(onAnswered === undefined ? {} : { onAnswered }) },
  );
  return { gateway, captcha, proxies, door, own: new OwnPages({ owner }, { captcha, limits }) };
}
