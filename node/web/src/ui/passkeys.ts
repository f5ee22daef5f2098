// Coming in with a passkey, as short stories within the sign-in sheet.

import { ApiError, procedure } from '../api.ts'
import { adoptRecovery, recoveryKey, NEWCOMER } from '../identity/recovery.ts'
import { makePasskey, numeric, passkeysHere, usePasskey } from '../passkey.ts'
import { theNetwork } from '../repo.ts'
import { begin, type Session } from '../session.ts'
import { all, byId } from './dom.ts'
import { askEntry, type Entry } from './entry.ts'
import { publishNames } from './names.ts'
import { program } from './settings/program.ts'
import { event, objection, show, whileOpen } from './steps.ts'

export type Way = 'in' | 'up' | 'code'

/** Shows what is possible here, and answers which way the person takes. */
export function passkeyWay(): Promise<Way> {
  const here = passkeysHere()
  for (const e of all('.passkeys')) e.hidden = !here
  const elsewhere = byId<HTMLAnchorElement>('passkeys-elsewhere')
  elsewhere.parentElement!.hidden = here || !numeric(location.hostname) || location.protocol !== 'http:'
  elsewhere.href = `http://localhost:${location.port}${location.pathname}`
  const way = async (id: string, which: Way): Promise<Way> => (await event(byId(id), 'click'), which)
  return Promise.race([way('passkey-in', 'in'), way('passkey-up', 'up'), way('passkey-code', 'code')])
}

type Answer = Session & { enrolled: boolean }

const keep = async (answer: Answer): Promise<Session> => {
  const session = { ...answer, hosted: true }
  await begin(session)
  return session
}

/** Goes the way that was chosen, and answers who has come in. */
export async function comeIn(way: Way): Promise<Session> {
  if (way === 'in') return signIn()
  if (way === 'code') return keep(await recover())
  return signUp()
}

async function signIn(): Promise<Session> {
  try {
    return await keep(await prove({}))
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'HandleRequired')) throw error
  }
  // Who signed up where the operator decides has no account before that.
  const { server } = await theNetwork()
  const rotationKey = (await recoveryKey(NEWCOMER)).id
  const answer = await prove({ handle: await ask('passkey-new', server.domain, ''), rotationKey })
  const session = await keep(answer)
  await adoptRecovery(session.did)
  if (answer.enrolled) await publishNames(session)
  return session
}

async function prove(more: { handle?: string; rotationKey?: string }): Promise<Answer> {
  waitForDevice('Sign in with your passkey')
  const credential = await whileOpen(usePasskey({ for: 'sign in' }))
  return whileOpen(procedure<Answer>('net.metanet.passkey.signIn', { body: { credential, ...more } }))
}

async function signUp(): Promise<Session> {
  const { server } = await theNetwork()
  const rotationKey = (await recoveryKey(NEWCOMER)).id
  for (let problem = ''; ; ) {
    const handle = await ask('passkey-new', server.domain, problem)
    try {
      let entry: Entry = {}
      const credential = await whileOpen(
        makePasskey({ for: 'sign up', handle }, async (registration) => {
          entry = await askEntry(registration)
          waitForDevice('Make your passkey')
          return entry.invitation
        }),
      )
      byId('device-words').textContent = 'Making your identity and writing it to the chain…'
      const body = { credential, handle, rotationKey, ...entry, name: program(navigator.userAgent) }
      const session = await keep(await whileOpen(procedure<Answer>('net.metanet.passkey.signUp', { body })))
      await adoptRecovery(session.did)
      if ((session as Session & Answer).enrolled) await publishNames(session)
      return session
    } catch (error) {
      if (!(error instanceof ApiError && HANDLE_PROBLEMS.has(error.code))) throw error
      problem = error.message
    }
  }
}

const HANDLE_PROBLEMS = new Set(['HandleTaken', 'InvalidHandle'])

async function recover(): Promise<Answer> {
  const { server } = await theNetwork()
  const handle = await ask('passkey-lost', server.domain, '')
  const code = byId<HTMLInputElement>('lost-code').value.trim()
  waitForDevice('Make a new passkey')
  const credential = await whileOpen(makePasskey({ for: 'recover', handle }))
  const body = { credential, handle, code, name: program(navigator.userAgent) }
  return whileOpen(procedure<Answer>('net.metanet.passkey.recover', { body }))
}

const HANDLE = /^(?=.{3,20}$)[a-z0-9](-?[a-z0-9])+$/

/** Asks for a handle in one of the forms that have one. */
async function ask(step: 'passkey-new' | 'passkey-lost', domain: string, problem: string): Promise<string> {
  show(step)
  if (problem) objection(problem)
  const form = document.querySelector<HTMLFormElement>(`section[data-step="${step}"] form`)!
  const input = form.querySelector<HTMLInputElement>('input')!
  form.querySelector('.suffix')!.textContent = `.${domain}`
  input.focus()
  for (;;) {
    await event(form, 'submit')
    const name = input.value.trim().toLowerCase().replace(/^@/, '').replace(`.${domain}`, '')
    if (HANDLE.test(name)) return `${name}.${domain}`
    objection('A handle has 3 to 20 letters a–z and digits, with single hyphens between them.')
  }
}

function waitForDevice(title: string): void {
  byId('device-title').textContent = title
  byId('device-words').textContent = 'Follow what your device says…'
  show('device')
}
