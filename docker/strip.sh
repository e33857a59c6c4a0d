#!/bin/sh
# Makes a folder the whole root of the image: Node with the libraries that it and the native packages load, certificates,
# one user; from the packages goes what no running clinic reads. Runs in a stage of the Dockerfile.
set -eu
root=$1
modules=$root/app/node_modules

# Binaries of other systems, and sources that the native packages were built from.
find "$modules" -mindepth 1 -type d -path '*/prebuilds/*' ! -name "linux-$(node -p process.arch)" -prune -exec rm -rf {} +
find "$modules" -path '*/prebuilds/*' -name '*musl*' -delete
rm -rf "$modules"/classic-level/deps "$modules"/classic-level/binding.gyp "$modules"/.package-lock.json "$modules"/.bin
# Types and their sources, maps, prose.
find "$modules" -type f \( -name '*.ts' -o -name '*.cts' -o -name '*.mts' -o -name '*.map' -o -name '*.md' \) -delete
find "$modules" -regextype posix-extended -type d \
  -regex '.*/node_modules/(@[^/]+/)?[^/@]+/(test|tests|docs|benchmark|benchmarks|examples|\.github)' -prune -exec rm -rf {} +
# What packages name as a companion for their types.
rm -rf "$modules"/typescript "$modules"/@typescript
# Second builds of packages that are loaded as modules.
find "$modules" -type d -name _cjs -prune -exec rm -rf {} +
find "$modules" -type d -empty -delete
rm -f "$root"/app/package-lock.json "$root"/app/.npmrc

mkdir -p "$root"/usr/local/bin "$root"/etc/ssl/certs "$root"/tmp /data-of-image
cp "$(readlink -f "$(command -v node)")" "$root"/usr/local/bin/node
{
  ldd "$root"/usr/local/bin/node
  find "$modules" -name '*.node' -exec ldd {} \;
} | sed -nE 's/^[[:space:]]*([^[:space:]]+ => )?(\/[^[:space:]]+) \(0x.*/\2/p' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
[ ! -f /etc/ssl/certs/ca-certificates.crt ] || cp /etc/ssl/certs/ca-certificates.crt "$root"/etc/ssl/certs/
echo 'hosts: files dns' >"$root"/etc/nsswitch.conf
echo 'wardmesh:x:10001:10001::/data:/sbin/nologin' >"$root"/etc/passwd
echo 'wardmesh:x:10001:' >"$root"/etc/group
chmod 1777 "$root"/tmp
chmod 700 /data-of-image
