// `wardmesh gateway`: a gateway that stands before a web application. Owns the flags; the parts are put together in
// cli/gateway/.
import { dirname, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { CommandError, EXIT } from '../exit.ts';
import { say } from '../output/say.ts';

interface Flags {
  readonly config?: string;
  readonly upstream?: string;
  readonly forwardAuth?: boolean;
  readonly listen?: string;
  readonly node?: string;
  readonly keyFile?: string;
  readonly mode?: string;
  readonly trustedProxy?: string[];
  readonly data?: string;
  readonly valkey?: string;
}

export function addGatewayCommand(program: Command): void {
  program
    .command('gateway')
    .description("protect a web application: judge every request, with what the clinic's node knows")
    .option('--config <file>', 'settings in JSON; flags win (docs/GATEWAY.md)')
    .option('--upstream <url>', 'the application, as http://127.0.0.1:3000')
    .option('--forward-auth', 'answer the questions of nginx, Caddy or Traefik instead of passing requests on')
    .option('--listen <address>', 'where visitors or web servers come in (default: 127.0.0.1:8650)')
    .option(
      '--key-file <file>',
      'file with an API key of the node (--node), with the scopes threat:gateway and threat:report',
    )
    .addOption(
      new Option('--mode <mode>', 'observe decides and lets everything pass (default: observe)').choices([
        'observe',
        'enforce',
      ]),
    )
    .option('--trusted-proxy <cidr...>', 'proxies of ours in front, whose X-Forwarded-For is believed')
    .option('--data <directory>', 'where list, log and secret are kept (default: gateway-data)')
    .option('--valkey <url>', 'Valkey or Redis at which several gateways count together')
    .action(async (_options: unknown, command: Command) => {
      const flags = command.optsWithGlobals<Flags>();
      const { gatewaySettings, readSettings } = await import('../gateway/settings.ts');
      const file = flags.config === undefined ? undefined : resolve(flags.config);
      const raw = readSettings(file);
      const flag = (path: string | undefined) => (path === undefined ? undefined : resolve(path));
      const given = {
        upstream: flags.upstream,
        listen: flags.listen,
        node: flags.node ?? process.env.WARDMESH_NODE,
        keyFile: flag(flags.keyFile),
        mode: flags.mode,
        trustedProxies: flags.trustedProxy,
        data: flag(flags.data),
        valkey: flags.valkey,
      };
      const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      const settings = gatewaySettings({ ...raw, ...set }, file === undefined ? process.cwd() : dirname(file));
      if ((settings.upstream === undefined) !== (flags.forwardAuth === true)) {
        throw new CommandError('the setting upstream names the application; without it, --forward-auth', EXIT.usage);
      }
      if (flags.forwardAuth === true && settings.trustedProxies.length === 0) {
        throw new CommandError('the setting trustedProxies names the web servers that may ask', EXIT.usage);
      }
      const [{ startGateway }, { createLogger }, { systemClock }] = await Promise.all([
        import('../gateway/stand-alone.ts'),
        import('../../common/logger.ts'),
        import('../../common/clock.ts'),
      ]);
      const running = await startGateway(settings, { clock: systemClock, logger: createLogger() });
      const { address, port } = running.address;
      say(`gateway at ${address.includes(':') ? `[${address}]` : address}:${port}, ${settings.mode}`);
      await new Promise<void>((done) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
      });
      await running.stop();
    });
}
