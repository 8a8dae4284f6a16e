// `npm ci` refuses a lock file that lacks a package which some package may ask for on another
// machine; npm itself leaves such entries out where it cannot see the package when it writes the
// file.

interface Locked {
  readonly integrity?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Optional packages that are asked for and not in the lock file: their entries were lost. */
export function lostOptional(packages: Readonly<Record<string, Locked>>): readonly string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !nearest(path, name).some((place) => place in packages))
      .map(
        (name) =>
          `package-lock.json:1 lacks ${name}, which ${path} may ask for: restore its entry from git`,
      ),
  );
}

/** Packages whose content `npm ci` could not check. */
export function unchecked(packages: Readonly<Record<string, Locked>>): readonly string[] {
  return Object.entries(packages)
    .filter(([path, { integrity }]) => path !== "" && integrity === undefined)
    .map(
      ([path]) => `package-lock.json:1 has no checksum of ${path}: npm view NAME dist.integrity`,
    );
}

/** Where node looks for `name` from the package at `path`, nearest first. */
function nearest(path: string, name: string): readonly string[] {
  const own = path === "" ? `node_modules/${name}` : `${path}/node_modules/${name}`;
  const above = path.lastIndexOf("node_modules/");
  if (above < 0) return [own];
  return [own, ...nearest(path.slice(0, above).replace(/\/$/, ""), name)];
}
