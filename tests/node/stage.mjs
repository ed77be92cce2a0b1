// libwebrtc on a stage: BASE TOKEN ROOM. One publishes a tone by WHIP, another listens by WHEP; then two meet on /stage.
// Prints a line of JSON for each: how much of the tone arrived, and what both ends say of the way.
import wrtc from '@roamhq/wrtc'

const { RTCPeerConnection, nonstandard } = wrtc
const [base, token, room] = process.argv.slice(2)
const RATE = 48_000
const wait = (ms) => new Promise((done) => setTimeout(done, ms))

async function until(what, condition, ms = 30_000) {
  for (const end = Date.now() + ms; Date.now() < end; await wait(50)) {
    const found = await condition()
    if (found) return found
  }
  throw new Error(`waited in vain for ${what}`)
}

function tone(hz) {
  const source = new nonstandard.RTCAudioSource()
  let n = 0
  const timer = setInterval(() => {
    const samples = Int16Array.from({ length: RATE / 100 }, () => 8000 * Math.sin((2 * Math.PI * hz * n++) / RATE))
    source.onData({ samples, sampleRate: RATE, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length })
  }, 10)
  return { track: source.createTrack(), stop: () => clearInterval(timer) }
}

async function meet(door, prepare) {
  const peer = new RTCPeerConnection()
  const heard = { peak: 0 }
  peer.ontrack = ({ track }) => {
    const sink = new nonstandard.RTCAudioSink(track)
    sink.ondata = ({ samples }) => {
      for (const value of samples) heard.peak = Math.max(heard.peak, value)
    }
  }
  prepare(peer)
  await peer.setLocalDescription(await peer.createOffer())
  const began = performance.now()
  const response = await fetch(`${base}/${door}/${room}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/sdp', Authorization: `Bearer ${token}` },
    body: peer.localDescription.sdp,
  })
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`)
  await peer.setRemoteDescription({ type: 'answer', sdp: await response.text() })
  await until(`${door} to connect`, () => peer.connectionState === 'connected')
  return { peer, heard, location: response.headers.get('location'), ms: Math.round(performance.now() - began) }
}

const stat = async (peer, type) => [...(await peer.getStats()).values()].find((one) => one.type === type)

const leave = ({ location }) => fetch(base + location, { method: 'DELETE', headers: { Authorization: `Bearer ${token}` } })

const sung = tone(440)
const singer = await meet('whip', (peer) => peer.addTrack(sung.track))
const listener = await meet('whep', (peer) => peer.addTransceiver('audio', { direction: 'recvonly' }))
await until('the tone', () => listener.heard.peak > 4000)
const told = await until('a receiver report', async () => {
  const report = await stat(singer.peer, 'remote-inbound-rtp')
  return report?.roundTripTime !== undefined && report
})
const arrived = await until('a sender report', async () => {
  const inbound = await stat(listener.peer, 'inbound-rtp')
  return (await stat(listener.peer, 'remote-outbound-rtp')) && inbound?.packetsReceived > 20 && inbound
})
console.log(
  JSON.stringify({ peak: listener.heard.peak, lost: arrived.packetsLost, told: told.packetsLost, ms: [singer.ms, listener.ms] }),
)
const gone = [(await leave(singer)).status, (await leave(singer)).status]
await until('the goodbye', () => singer.peer.connectionState !== 'connected')
await leave(listener)
console.log(JSON.stringify({ gone }))

const both = (peer) => {
  peer.addTrack(tone(660).track)
  for (let slot = 0; slot < 3; slot++) peer.addTransceiver('audio', { direction: 'recvonly' })
}
const [ada, ben] = [await meet('stage', both), await meet('stage', both)]
await until('both to hear each other', () => ada.heard.peak > 4000 && ben.heard.peak > 4000)
const members = ben.peer.getReceivers().flatMap((receiver) => receiver.getContributingSources?.() ?? [])
console.log(JSON.stringify({ stage: [ada.heard.peak, ben.heard.peak], members: members.map(({ source }) => source) }))
process.exit(0)
