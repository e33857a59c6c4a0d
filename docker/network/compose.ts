// The compose file of a container network: one service that founds it, one per clinic, a volume each. Keeps to what Docker
// Compose and podman-compose both understand.
import type { ContainerNetwork } from './plan.ts';

export interface ComposeOptions {
  /** Folder of the repository as the compose file sees it; without one the image must be there. */
  readonly context?: string;
}

const HEADER = `# A network of containers for trying out: the service "found" makes the keys of every clinic and the genesis, once.
# Made by docker/generate.ts, which the tests hold it to.
#   WARDMESH_IMAGE    image of the clinics (default: wardmesh)
#   WARDMESH_PROFILE  development (blocks every 2 s; default) or production (every 30 s); counts when the network is founded`;

export function composeText({ name, mesh, clinics }: ContainerNetwork, { context }: ComposeOptions): string {
  const build =
    context === undefined ? [] : ['  build:', `    context: ${context}`, '    dockerfile: docker/Dockerfile'];
  const lines = [
    HEADER,
    `name: ${name}`,
    '',
    'x-image: &image',
    // The quotes keep the braces from YAML.
    '  image: "$' + '{WARDMESH_IMAGE:-wardmesh}"',
    ...build,
    '',
    'x-clinic: &clinic',
    '  <<: *image',
    '  restart: unless-stopped',
    '  read_only: true',
    '  cap_drop: [ALL]',
    '  security_opt: ["no-new-privileges:true"]',
    '  mem_limit: 512m',
    '  pids_limit: 256',
    '  networks: [mesh]',
    '  depends_on:',
    '    found:',
    '      condition: service_completed_successfully',
    '',
    'services:',
    '  found:',
    '    <<: *image',
    `    container_name: ${name}-found`,
    '    user: "0:0"',
    '    networks: [mesh]',
    '    restart: "no"',
    '    entrypoint: ["node", "/app/docker/found.ts"]',
    '    command:',
    `      - ${name}`,
    '      - "$' + '{WARDMESH_PROFILE:-development}"',
    ...clinics.map((clinic) => `      - "${clinic.name}|${clinic.organisation}|${clinic.host}"`),
    '    healthcheck:',
    '      disable: true',
    '    volumes:',
    '      - network:/network',
    ...clinics.map(({ host, number }) => `      - ${host}:/clinics/${number}`),
    ...clinics.flatMap(({ host, container, httpPort }) => [
      '',
      `  ${host}:`,
      '    <<: *clinic',
      `    container_name: ${container}`,
      `    hostname: ${host}`,
      '    environment:',
      `      WARDMESH_HTTP_HOSTS: ${host}`,
      '      WARDMESH_TLS_MODE: "off"',
      `    ports: ["127.0.0.1:${httpPort}:8641"]`,
      `    volumes: ["${host}:/data"]`,
    ]),
    '',
    'networks:',
    '  mesh:',
    `    name: ${mesh}`,
    '',
    'volumes:',
    '  network:',
    ...clinics.map(({ host }) => `  ${host}:`),
  ];
  return `${lines.join('\n')}\n`;
}
