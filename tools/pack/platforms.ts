/** The platforms that get a package with ONNX Runtime's native library. */

/** A platform, in Node's words. */
export interface Platform {
  readonly os: 'linux' | 'darwin' | 'win32';
  readonly cpu: 'x64' | 'arm64';
}

/** What `onnxruntime-node` has binaries for. Intel Macs and musl run the wasm build. */
export const PLATFORMS: readonly Platform[] = [
  { os: 'linux', cpu: 'x64' },
  { os: 'linux', cpu: 'arm64' },
  { os: 'darwin', cpu: 'arm64' },
  { os: 'win32', cpu: 'x64' },
  { os: 'win32', cpu: 'arm64' },
];

/** The name of a platform's runtime package. */
export function runtimePackage({ os, cpu }: Platform): string {
  return `@figleaf/runtime-${os}-${cpu}`;
}

/** The platform that this process runs on, where there is a package for it. */
export function thisPlatform(): Platform | undefined {
  return PLATFORMS.find(({ os, cpu }) => os === process.platform && cpu === process.arch);
}
