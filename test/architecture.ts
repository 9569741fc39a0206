/** The rules of the house: which file may import what, and how a file begins. Tested in `architecture.test.ts`. */
import ts from 'typescript';

/** Packages from the ground up; a static import only goes down. */
export const FLOORS = ['onnx', 'figleaf', 'lab', 'server'] as const;

/** Rooms of a floor's `src` in the order data flows through them; a room imports only itself and earlier ones. */
export const ROOMS: Readonly<Partial<Record<(typeof FLOORS)[number], readonly string[]>>> = {
  figleaf: [
    'files',
    'threads',
    'image',
    'hash',
    'models',
    'runtime',
    'classify',
    'detect',
    'policy',
    'censor',
    'video',
    'scan',
    'cli',
  ],
  lab: ['data-set', 'page', 'sheet', 'fetch', 'prepare', 'augment', 'train', 'evaluate', 'commands'],
};

const FLOOR_OF_NAME: Readonly<Record<string, (typeof FLOORS)[number]>> = {
  '@figleaf/onnx': 'onnx',
  figleaf: 'figleaf',
  '@figleaf/lab': 'lab',
  '@figleaf/server': 'server',
};

/** Names that exist in Node alone. */
const NODE_GLOBALS: ReadonlySet<string> = new Set([
  'process',
  'Buffer',
  '__dirname',
  '__filename',
  'require',
]);

/** A source file as the rules see it. */
export interface SourceFile {
  /** From the repository's root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** What `package.json` maps names such as `#threads` to, as paths from the repository's root. */
export type InternalNames = Readonly<Record<string, readonly string[]>>;

/** An import, an export from elsewhere, or `import()`; types count like values. */
interface Reference {
  readonly specifier: string;
  readonly isStatic: boolean;
}

const isTest = (path: string): boolean => /\.test\.ts$/.test(path) || /^packages\/[^/]+\/test\//.test(path);
const isConfig = (path: string): boolean => /\.config\.ts$/.test(path);

/** Every breach of the house's rules in one file, each as a sentence. */
export function breaches(file: SourceFile, names: InternalNames = {}): string[] {
  const source = ts.createSourceFile(file.path, file.text, ts.ScriptTarget.ESNext, true);
  const found = referencesOf(source);
  return [
    ...headlessness(file),
    ...defaultExports(file, source),
    ...found.flatMap((reference) => [
      ...upwardImports(file.path, reference),
      ...laterRooms(file.path, reference, names),
      ...foreignModules(file.path, reference),
    ]),
    ...nodeGlobals(file.path, source),
  ].map((breach) => `${file.path}: ${breach}`);
}

function headlessness({ text }: SourceFile): string[] {
  // A shebang may stand before it.
  return /^(#!.*\n)?\/\*\* \S.* \*\/\n/.test(text)
    ? []
    : ['does not open with a line /** ... */ that says what it is for'];
}

function defaultExports({ path }: SourceFile, source: ts.SourceFile): string[] {
  if (isConfig(path)) return [];
  const found = source.statements.some((statement) => {
    if (ts.isExportAssignment(statement)) return true;
    if (
      ts.isExportDeclaration(statement) &&
      statement.exportClause &&
      ts.isNamedExports(statement.exportClause)
    )
      return statement.exportClause.elements.some((element) => element.name.text === 'default');
    return (
      ts.canHaveModifiers(statement) &&
      (ts.getModifiers(statement) ?? []).some((modifier) => modifier.kind === ts.SyntaxKind.DefaultKeyword)
    );
  });
  return found ? ['has a default export'] : [];
}

function referencesOf(source: ts.SourceFile): Reference[] {
  const found: Reference[] = [];
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
      if (ts.isStringLiteral(node.moduleSpecifier))
        found.push({ specifier: node.moduleSpecifier.text, isStatic: true });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal))
        found.push({ specifier: node.argument.literal.text, isStatic: true });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteralLike(argument))
        found.push({ specifier: argument.text, isStatic: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** `a/b/../c` to `a/c`; both sides with `/`. */
function resolve(from: string, specifier: string): string {
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

function floorOf(path: string): (typeof FLOORS)[number] | undefined {
  const folder = /^packages\/([^/]+)\//.exec(path)?.[1];
  return FLOORS.find((floor) => floor === folder);
}

function floorOfSpecifier(from: string, specifier: string): (typeof FLOORS)[number] | undefined {
  if (specifier.startsWith('.')) return floorOf(resolve(from, specifier));
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  return FLOOR_OF_NAME[name];
}

function upwardImports(path: string, { specifier, isStatic }: Reference): string[] {
  const from = floorOf(path);
  const to = floorOfSpecifier(path, specifier);
  if (!isStatic || !from || !to) return [];
  return FLOORS.indexOf(to) > FLOORS.indexOf(from)
    ? [`imports '${specifier}', which is a floor up (${from} to ${to})`]
    : [];
}

/** A file's place: files beside the rooms lie below all of them, but the index lies above all but the command. */
function rankOf(path: string): { floor: string; room: string; rank: number } | undefined {
  const [, floor, inside] = /^packages\/([^/]+)\/src\/(.+)$/.exec(path) ?? [];
  const rooms = ROOMS[floor as keyof typeof ROOMS];
  if (floor === undefined || inside === undefined || !rooms) return undefined;
  const [room = '', second] = inside.split('/');
  if (second !== undefined) return { floor, room, rank: rooms.indexOf(room) };
  return { floor, room, rank: room === 'index.ts' ? rooms.length - 1.5 : -1 };
}

function laterRooms(path: string, { specifier }: Reference, names: InternalNames): string[] {
  const from = rankOf(path);
  if (!from) return [];
  if (from.rank < 0 && from.room !== path.split('/').at(-1))
    return [`lies in the room '${from.room}', which the house does not know`];
  if (isTest(path)) return [];
  const targets = specifier.startsWith('.') ? [resolve(path, specifier)] : (names[specifier] ?? []);
  return targets.flatMap((target) => {
    const to = rankOf(target);
    if (!to || to.floor !== from.floor || to.room === from.room || to.rank <= from.rank) return [];
    return [`the room '${from.room}' imports '${specifier}' of the later room '${to.room}'`];
  });
}

/** Whether a file must run in Node and in the browser alike, or in the browser alone. */
function isPortable(path: string): boolean {
  if (isTest(path)) return false;
  if (/^packages\/onnx\/src\//.test(path)) return true;
  return /^packages\/figleaf\/src\/(?!cli\/)/.test(path) && !/\.node\.ts$/.test(path);
}

function foreignModules(path: string, { specifier }: Reference): string[] {
  if (!isPortable(path)) return [];
  if (specifier.startsWith('node:')) return [`imports '${specifier}', but must run in the browser too`];
  if (path.startsWith('packages/onnx/') && /^onnxruntime-/.test(specifier))
    return [`imports '${specifier}', but @figleaf/onnx never touches a runtime`];
  return [];
}

function nodeGlobals(path: string, source: ts.SourceFile): string[] {
  if (!isPortable(path)) return [];
  const used = new Set<string>();
  const declared = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && NODE_GLOBALS.has(node.text)) {
      if (isDeclaration(node)) declared.add(node.text);
      else if (!isMemberName(node)) used.add(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...used]
    .filter((name) => !declared.has(name))
    .map((name) => `uses Node's '${name}', but must run in the browser too`);
}

function isDeclaration(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isFunctionDeclaration(parent) ||
      ts.isBindingElement(parent) ||
      ts.isImportSpecifier(parent) ||
      ts.isImportClause(parent)) &&
    parent.name === node
  );
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  if (ts.isQualifiedName(parent)) return parent.right === node;
  return (
    (ts.isPropertyAssignment(parent) ||
      ts.isMethodDeclaration(parent) ||
      ts.isMethodSignature(parent) ||
      ts.isPropertySignature(parent) ||
      ts.isPropertyDeclaration(parent)) &&
    parent.name === node
  );
}
