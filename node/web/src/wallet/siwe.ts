// What the page checks of a sign-in message before a wallet sees it. The server
// checks it again in full; this guards the person against the server.
// https://eips.ethereum.org/EIPS/eip-4361

export interface SignIn {
  domain: string
  address: string
  fields: Map<string, string>
  resources: string[]
}

const HEAD = ' wants you to sign in with your Ethereum account:'

export function parseSignIn(message: string): SignIn {
  const lines = message.split('\n')
  const first = lines[0] ?? ''
  if (!first.endsWith(HEAD)) throw new Error('That is not a sign-in message.')
  const fields = new Map<string, string>()
  const at = lines.findIndex((l) => l.startsWith('URI: '))
  if (at < 0) throw new Error('The sign-in message names no address of a site.')
  const resources: string[] = []
  for (const line of lines.slice(at)) {
    const [, name, value] = /^([A-Z][A-Za-z ]*):(?: (.*))?$/.exec(line) ?? []
    if (name) fields.set(name, value ?? '')
    else if (line.startsWith('- ')) resources.push(line.slice(2))
    else throw new Error('The sign-in message holds a line that does not belong there.')
  }
  return { domain: first.slice(0, -HEAD.length), address: lines[1] ?? '', fields, resources }
}

export interface Here {
  origin: string
  host: string
  address: string
  chainId: number
  did: string
  now: Date
}

/** Throws in plain words unless the message signs this person in, here, now, and nothing else. */
export function checkSignIn(message: string, here: Here): SignIn {
  const m = parseSignIn(message)
  const domain = m.domain.replace(/^https?:\/\//, '')
  if (domain !== here.host) {
    throw new Error(`This message signs you in to ${domain}, but you are at ${here.host}. Do not sign it.`)
  }
  const uri = m.fields.get('URI') ?? ''
  if (!URL.canParse(uri) || new URL(uri).origin !== here.origin) {
    throw new Error(`This message is for ${uri}, but you are at ${here.origin}. Do not sign it.`)
  }
  if (m.address.toLowerCase() !== here.address.toLowerCase()) throw new Error('The message names another account.')
  if (m.fields.get('Chain ID') !== String(here.chainId)) throw new Error('The message is for another chain.')
  if (!m.resources.includes(here.did)) throw new Error('The message does not name your identity.')
  const until = Date.parse(m.fields.get('Expiration Time') ?? '')
  if (!(until > here.now.getTime())) throw new Error('The message has no expiry or is too old. Try again.')
  return m
}
