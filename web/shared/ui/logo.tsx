// The mark: a W of five nodes.

const NODES = [
  [5, 8],
  [27, 8],
  [16, 13],
  [10.5, 24],
  [21.5, 24],
] as const;

export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg
      viewBox="0 0 32 32"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth="2.4"
      aria-hidden="true"
    >
      <path d="M5 8l5.5 16L16 13l5.5 11L27 8M5 8h22M10.5 24h11" />
      {NODES.map(([x, y]) => (
        <circle key={`${x} ${y}`} cx={x} cy={y} r="3" fill="currentColor" stroke="none" />
      ))}
    </svg>
  );
}
