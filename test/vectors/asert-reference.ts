// The target step of PROTOCOL 5.7 written a second time, by division instead of shifts, to generate asert.json:
//   node test/vectors/asert-reference.ts > test/vectors/asert.json
// Not imported by any code of ours; the test compares the file with consensus/chain/difficulty.ts.

const ONE = 65_536n;
const CUBIC = [195_766_423_245_049n, 971_821_376n, 5_127n];

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
}

function reference(target: bigint, solveTime: bigint, interval: bigint, hardest: bigint, easiest: bigint): bigint {
  let exponent = ((solveTime - interval) * ONE) / (60n * interval);
  if (exponent > 16n * ONE) exponent = 16n * ONE;
  if (exponent < -16n * ONE) exponent = -16n * ONE;
  const whole = floorDivide(exponent, ONE);
  const fraction = exponent - whole * ONE;
  let polynomial = 0n;
  for (const [index, coefficient] of CUBIC.entries()) polynomial += coefficient * fraction ** BigInt(index + 1);
  const factor = ONE + floorDivide(polynomial + 2n ** 47n, 2n ** 48n);
  const next = whole >= 16n ? target * factor * 2n ** (whole - 16n) : floorDivide(target * factor, 2n ** (16n - whole));
  if (next < hardest) return hardest;
  return next > easiest ? easiest : next;
}

const hex = (value: bigint) => value.toString(16).padStart(64, '0');
const hardest = 2n ** 222n - 1n;
const cases: Record<string, string | number>[] = [];
for (const [interval, easiest] of [
  [30_000n, 2n ** 256n / 1_400_000n - 1n],
  [2_000n, 2n ** 256n / 1_100_000n - 1n],
  [1_999n, 2n ** 240n - 1n],
]) {
  for (const target of [easiest, easiest / 3n, 2n ** 230n + 12_345_678_901_234_567n, hardest]) {
    const half = interval / 2n;
    for (const solveTime of [
      half,
      half + 1n,
      interval - 1n,
      interval,
      interval + 1n,
      2n * interval,
      7n * interval + 3n,
      61n * interval,
      500n * interval,
      2n ** 52n,
    ]) {
      const next = reference(target, solveTime, interval, hardest, easiest);
      cases.push({
        interval: Number(interval),
        easiest: hex(easiest),
        hardest: hex(hardest),
        target: hex(target),
        solveTime: Number(solveTime),
        next: hex(next),
      });
    }
  }
}
console.log(JSON.stringify({ source: 'asert-reference.ts', cases }, null, 1));
