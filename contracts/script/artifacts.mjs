// Writes what is committed of a build: for each contract artifacts/<Name>.json (ABI, code, storage layout), the
// addresses that CREATE2 gives (artifacts/deployment.json), for abigen out/abigen/<Name>.{abi,bin}, and for the tests of
// whole nodes artifacts/testing/<Name>.json.
//
//   node script/artifacts.mjs OUTPUT_DIR
import fs from 'node:fs'
import path from 'node:path'
import { AbiCoder, concat, getCreate2Address, id, keccak256 } from 'ethers'

const FACTORY = '0x4e59b44847b379578588920cA78FbF26c0B4956C'
const SALT = id('metanet/1')
// In the order of deployment; `args` are names of contracts whose addresses the constructor takes.
const CONTRACTS = [
  { name: 'IdentityRegistry', args: [] },
  { name: 'ServerRegistry', args: [] },
  { name: 'PolicyRegistry', args: ['ServerRegistry'] },
  { name: 'LogRegistry', args: ['ServerRegistry'] },
]

const FOR_TESTS = ['SmartWallet', 'SmartWalletFactory'] // of test/helpers/SmartWallet.sol

const root = path.join(import.meta.dirname, '..')
const target = process.argv[2] ?? path.join(root, 'artifacts')
const forAbigen = path.join(root, 'out', 'abigen')
fs.mkdirSync(path.join(target, 'testing'), { recursive: true })
fs.mkdirSync(forAbigen, { recursive: true })

const addresses = {}
const deployment = []
for (const { name, args } of CONTRACTS) {
  const out = JSON.parse(fs.readFileSync(path.join(root, 'out', `${name}.sol`, `${name}.json`)))
  const values = args.map(a => addresses[a])
  const encoded = AbiCoder.defaultAbiCoder().encode(args.map(() => 'address'), values)
  const initCode = concat([out.bytecode.object, encoded])
  const runtime = fillImmutables(out.deployedBytecode, values)
  addresses[name] = getCreate2Address(FACTORY, SALT, keccak256(initCode))

  write(path.join(forAbigen, `${name}.abi`), out.abi)
  fs.writeFileSync(path.join(forAbigen, `${name}.bin`), out.bytecode.object)
  write(path.join(target, `${name}.json`), {
    contract: name,
    compiler: compiler(out.metadata),
    abi: out.abi,
    bytecode: out.bytecode.object,
    deployedBytecode: runtime,
    storage: storage(out.storageLayout),
  })
  deployment.push({
    name,
    address: addresses[name],
    args: values,
    initCodeHash: keccak256(initCode),
    codeHash: keccak256(runtime),
  })
}
write(path.join(target, 'deployment.json'), { factory: FACTORY, salt: SALT, contracts: deployment })

for (const name of FOR_TESTS) {
  const { abi, bytecode } = JSON.parse(fs.readFileSync(path.join(root, 'out', 'SmartWallet.sol', `${name}.json`)))
  write(path.join(target, 'testing', `${name}.json`), { contract: name, abi, bytecode: bytecode.object })
}

// Our only immutables are the constructor's one address, in every place that the compiler names.
function fillImmutables(deployed, values) {
  let code = deployed.object.slice(2)
  const references = Object.values(deployed.immutableReferences ?? {})
  if (references.length !== values.length) throw new Error('an immutable that is no constructor argument')
  references.forEach((places, i) => {
    const word = values[i].slice(2).toLowerCase().padStart(64, '0')
    for (const { start, length } of places) {
      if (length !== 32) throw new Error('an immutable that is no word')
      code = code.slice(0, start * 2) + word + code.slice((start + 32) * 2)
    }
  })
  return '0x' + code
}

function compiler({ compiler, settings }) {
  return { solc: compiler.version, evmVersion: settings.evmVersion, optimizer: settings.optimizer, metadata: settings.metadata }
}

// Slots and struct members, without the compiler's running numbers, which change with unrelated edits.
function storage(layout) {
  const bare = t => t.replace(/(\))\d+/g, '$1')
  const field = f => ({ label: f.label, slot: Number(f.slot), offset: f.offset, type: bare(f.type) })
  const structs = {}
  for (const [key, t] of Object.entries(layout.types ?? {})) {
    if (t.members) structs[bare(key)] = t.members.map(field)
  }
  return { slots: layout.storage.map(field), structs }
}

function write(file, value) {
  fs.writeFileSync(file, JSON.stringify(value, null, 1) + '\n')
}
