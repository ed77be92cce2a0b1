// The other half of tests/fuzz/test_render_yjs.py.
// node render-pages.mjs read  <  a line of JSON per page: its updates in base64  ->  a line per page: its tree as yjs reads it
// node render-pages.mjs make SEED COUNT  ->  a line per page, written by three replicas at once: {updates, tree}
import fs from 'node:fs'
import * as Y from 'yjs'

// Nothing but ASCII, since there are more signs for the end of a line than JSON knows.
const print = value => console.log(JSON.stringify(value).replace(/[\u007f-\uffff]/g, c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))

const child = node => {
  if (node instanceof Y.XmlText) {
    return node.toDelta().map(({ insert, attributes = {} }) => (typeof insert === 'string' ? { text: insert, marks: attributes } : { embed: true }))
  }
  return [{ type: node.nodeName, attrs: node.getAttributes(), content: node.toArray().flatMap(child) }]
}

const tree = updates => {
  const doc = new Y.Doc()
  for (const update of updates) Y.applyUpdate(doc, Buffer.from(update, 'base64'))
  return doc.getXmlFragment('default').toArray().flatMap(child)
}

const generator = seed => {
  let state = (seed * 2654435761) >>> 0 || 1
  const below = n => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % n
  }
  return { below, pick: list => list[below(list.length)] }
}

const words = ['a', 'so ', 'the drum ', 'été ', '東京', '<b>', '\n', '"', 'x'.repeat(30)]
const marks = [
  { bold: {} }, { bold: null }, { italic: {} }, { italic: null }, { code: true }, { code: null }, { unknown: 'x' },
  { link: { href: 'http://a.b', target: null, rel: 'x' } }, { link: null }, { 'comment--abCD12+/': { id: 'é' } },
]
const kinds = [
  ['paragraph', {}], ['paragraph', {}], ['heading', { level: 2 }], ['heading', {}], ['bulletList', {}], ['listItem', {}],
  ['orderedList', { start: 3 }], ['codeBlock', { language: 'py' }], ['hardBreak', {}], ['image', { src: 'x', size: [1, 2.5, { a: null }] }],
]

const make = (seed, steps) => {
  const { below, pick } = generator(seed)
  const replicas = [1, 2, 3].map(() => new Y.Doc())
  const updates = []
  replicas.forEach((doc, i) => {
    doc.clientID = 1000 * seed + i + 1
    doc.on('update', (update, origin) => origin !== 'remote' && updates.push(update))
  })
  const everything = parent => parent.toArray().flatMap(node => [node, ...(node instanceof Y.XmlText ? [] : everything(node))])
  for (let step = 0; step < steps; step++) {
    const doc = pick(replicas)
    const fragment = doc.getXmlFragment('default')
    const nodes = [fragment, ...everything(fragment)]
    const node = pick(nodes)
    doc.transact(() => {
      if (node instanceof Y.XmlText) {
        const at = below(node.length + 1)
        const length = below(node.length - at + 1)
        const choice = below(10)
        if (choice < 5) node.insert(at, pick(words))
        else if (choice < 8 && length) node.format(at, length, pick(marks))
        else if (choice < 9 && length) node.delete(at, length)
        else node.insertEmbed(at, { image: 'x' })
      } else if (below(8) === 0 && node.length) {
        node.delete(below(node.length), 1)
      } else if (below(3) && node !== fragment) {
        node.insert(below(node.length + 1), [new Y.XmlText(pick(words))])
      } else {
        const [name, attrs] = pick(kinds)
        const element = new Y.XmlElement(name)
        for (const key in attrs) element.setAttribute(key, attrs[key])
        node.insert(below(node.length + 1), [element])
      }
    })
    if (below(4) === 0) {
      const other = pick(replicas)
      Y.applyUpdate(other, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(other)), 'remote')
    }
  }
  return updates.map(update => Buffer.from(update).toString('base64'))
}

const [what, ...numbers] = process.argv.slice(2)
if (what === 'read') {
  for (const line of fs.readFileSync(0, 'utf8').split('\n').filter(Boolean)) print(tree(JSON.parse(line)))
} else {
  const [seed, count] = numbers.map(Number)
  for (let page = 0; page < count; page++) {
    const updates = make(seed + page, 120)
    print({ updates, tree: tree(updates) })
  }
}
