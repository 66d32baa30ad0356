/** @module Body compilers: JSON, forms, XML and text, by example. */
import { describe, expect, test } from 'bun:test'
import { member, scan } from '../../src/json.ts'
import { bodyFormat, compileBody } from '../../src/template/compile.ts'
import { compileForm } from '../../src/template/form.ts'
import { compileJson, compileJsonNode } from '../../src/template/json.ts'
import { nativeGrammar } from '../../src/template/native.ts'
import { ozuraGrammar } from '../../src/template/ozura.ts'
import { compilePlain, compileText } from '../../src/template/text.ts'
import { compileXml } from '../../src/template/xml.ts'
import { CARD, literals, render, renderText, thrown } from './render.ts'

const native = nativeGrammar(['payer'])

describe('JSON', () => {
  function json(source: string, values = CARD): string {
    return render(compileJson(source, native, 'body'), values)
  }

  test('keeps every byte outside placeholders', () => {
    const source = `\t{ "a" : 1.10,"b":1e2, "c":9007199254740993,"d":"\\/\\u00e9 \\n","e":[ ],"n":"{{ card.number }}" ,"é":null}\r\n`
    expect(json(source)).toBe(source.replace('{{ card.number }}', '4242424242424242'))
    expect(compileJson('{"a": "}} { }"}', native, 'body')).toEqual(['{"a": "}} { }"}'])
  })

  test('whole strings become what the value is', () => {
    expect(json('["{{ card.exp_month | number }}"]')).toBe('[3]')
    expect(json('["{{ card.exp_month | number }} "]')).toBe('["3 "]')
    const long = { '.card.number': '6304000000000000000' }
    expect(json('["{{ card.number | number }}"]', long)).toBe('[6304000000000000000]')
    expect(json('"{{ card.number }}"')).toBe('"4242424242424242"')
    expect(json(`["{{ '5' | number }}","{{ '{{' }} x","{{ '{{' }}"]`)).toBe('[5,"{{ x","{{"]')
  })

  test('maps offsets back over escapes, also of the placeholder itself', () => {
    expect(json('["\\/\\u0041\\ud83d\\ude00\\"{{ card.cvc }}\\\\"]')).toBe(
      '["\\/\\u0041\\ud83d\\ude00\\"737\\\\"]',
    )
    expect(json('["\\u007b{ card.cvc }\\u007D!"]')).toBe('["737!"]')
    expect(json('["{{ card.cvc | prepend: \\"<\\" }}\\t"]')).toBe('["<737\\t"]')
    expect(json('["x{{ card.cvc }}\\/{{ card.last4 }}"]')).toBe('["x737\\/4242"]')
  })

  test('escapes values, and never reads them again', () => {
    const values = { '.card.holder': '"\\\n{{ card.number }}${cardNumber}\u2028\ud800' }
    expect(JSON.parse(json('{"a":"{{ card.holder }}","b":"<{{ card.holder }}>"}', values))).toEqual(
      {
        a: values['.card.holder'],
        b: `<${values['.card.holder']}>`,
      },
    )
  })

  test('whole values of other types', () => {
    const object = compileJson('{"a":"{{ card.number }}"}', native, 'body')
    expect(render(object, { '.card.number': { x: [1, null] } })).toBe('{"a":{"x":[1,null]}}')
    const inside = compileJson('{"a":"_{{ card.number }}"}', native, 'body')
    thrown('invalid_template', () => render(inside, { '.card.number': { x: 1 } }))
    thrown('invalid_template', () => render(object, { '.card.number': Uint8Array.from([1]) }))
  })

  test('JSON inside a JSON string stays JSON with the json filter', () => {
    const source = JSON.stringify({ payload: '{"holder":{{ card.holder | json }}}' })
    const values = { '.card.holder': 'O"Neil \\' }
    const { payload } = JSON.parse(json(source, values))
    expect(JSON.parse(payload)).toEqual({ holder: 'O"Neil \\' })
  })

  test.each([
    ['{"request_data":{"source":{"number":"{{ x.number }}"}}}', 'body.request_data.source.number'],
    ['{"items":[{"x":"ok"},{"x":"{{ card.nope }}"}]}', 'body.items[1].x'],
    ['[[["{{"]]]', 'body[0][0][0]'],
    ['"{{"', 'body'],
  ])('names the path in %s', (source, path) => {
    expect(thrown('invalid_template', () => compileJson(source, native, 'body')).param).toBe(path)
  })

  test('refuses placeholders in keys and outside strings, repeated keys, and depth', () => {
    const key = thrown('invalid_template', () => json('{"a":{"{{ card.number }}":1}}'))
    expect(key).toMatchObject({ param: 'body.a', template: '{{ card.number }}' })
    thrown('invalid_template', () => json('{"\\u007b\\u007b card.number }}":1}'))
    thrown('invalid_json', () => json('{"a":{{ card.number }}}'))
    thrown('invalid_json', () => json('{"a":"{{ card.number }}","a":1}'))
    thrown('invalid_json', () => json('['.repeat(100_000)))
    expect(json('{"__proto__":"{{ card.cvc }}"}')).toBe('{"__proto__":"737"}')
  })

  test('compiles a part of an envelope that is scanned already', () => {
    const text = '{"token":"t","request_data": {"n":"\\/${cardNumber}", "a":1.10} ,"x":1}'
    const node = member(scan(text), 'request_data')
    if (!node) throw new Error('no node')
    const template = compileJsonNode(text, node, ozuraGrammar, 'request_data')
    expect(render(template)).toBe('{"n":"\\/4242424242424242", "a":1.10}')
    const bad = '{"request_data":{"source":{"number":"${pan}"}}}'
    const inner = member(scan(bad), 'request_data')
    if (!inner) throw new Error('no node')
    const error = thrown('invalid_template', () =>
      compileJsonNode(bad, inner, ozuraGrammar, 'request_data'),
    )
    expect(error).toMatchObject({ param: 'request_data.source.number', template: '${pan}' })
  })

  test("Ozura's published request", () => {
    const data = {
      amount: 2000,
      source: {
        number: '${cardNumber}',
        exp_month: '${expirationMonth}',
        exp_year: '${expirationYear}',
        cvc: '${cvv}',
      },
    }
    const template = compileJson(JSON.stringify(data, null, 2), ozuraGrammar, 'request_data')
    const source = { number: '4242424242424242', exp_month: '03', exp_year: '2030', cvc: '737' }
    expect(render(template)).toBe(JSON.stringify({ ...data, source }, null, 2))
  })
})

describe('forms', () => {
  function form(source: string, values = CARD): string {
    return render(compileForm(source, native, 'body'), values)
  }

  test('plain and encoded placeholders, everything else in its spelling', () => {
    const number = '4242424242424242'
    expect(form('a=1&card[number]={{ card.number }}&a=2&&b&=c&d=%7e+x')).toBe(
      `a=1&card[number]=${number}&a=2&&b&=c&d=%7e+x`,
    )
    expect(form('n=%7B%7B+card.number+%7D%7D')).toBe(`n=${number}`)
    expect(form('n=%7b%7B%20card.number%20}}%21')).toBe(`n=${number}%21`)
    expect(form('n=%C3%A9%E2%82%AC%F0%9F%98%80%7B%7Bcard.cvc%7D%7D%C3%A9')).toBe(
      'n=%C3%A9%E2%82%AC%F0%9F%98%80737%C3%A9',
    )
    expect(form('n=é😀{{card.cvc}}')).toBe('n=é😀737')
    expect(form('n=a=b={{card.cvc}}')).toBe('n=a=b=737')
    expect(form(new URLSearchParams({ x: "{{ card.cvc | prepend: '+&=' }}" }).toString())).toBe(
      'x=%2B%26%3D737',
    )
    expect(form('')).toBe('')
    expect(form('%zz=%E9&%=%')).toBe('%zz=%E9&%=%')
  })

  test('escapes values as URLSearchParams does', () => {
    const holder = "A&b=c+d %41é😀'()*!~-._"
    expect(form('h={{ card.holder }}', { '.card.holder': holder })).toBe(
      String(new URLSearchParams({ h: holder })),
    )
    thrown('invalid_template', () => form('h={{ card.holder }}', { '.card.holder': '\ud800' }))
  })

  test('names fields, and refuses placeholders in names', () => {
    expect(thrown('invalid_template', () => form('card%5Bn%5D={{ card.nope }}')).param).toBe(
      'body.card[n]',
    )
    expect(thrown('invalid_template', () => form('{{ card.number }}=1')).template).toBe(
      '{{ card.number }}',
    )
    thrown('invalid_template', () => form('%7B%7B+card.number+%7D%7D'))
  })

  test('a stray percent sign cannot join with a value', () => {
    thrown('invalid_template', () => form('a=%{{ card.number }}'))
    thrown('invalid_template', () => form('a=%E9{{ card.number }}'))
  })
})

describe('XML', () => {
  function xml(source: string, values = CARD): string {
    return render(compileXml(source, native, 'body'), values)
  }

  test('text, attributes and CDATA; comments and the rest stay', () => {
    const source = `<?xml version="1.0" encoding='UTF-8'?>\n<!-- {{ card.number }} -->\n<s:Envelope xmlns:s="urn:x" >\n <Pan a = '{{ card.cvc }}' b="1">{{ card.number }}</Pan><e/>\t<![CDATA[<{{ card.cvc }}>]]>&amp;&#233;\r\n</s:Envelope>\n<!---->`
    const expected = source
      .replace("'{{ card.cvc }}'", "'737'")
      .replace('>{{ card.number }}<', '>4242424242424242<')
      .replace('[<{{ card.cvc }}>', '[<737>')
    expect(xml(source)).toBe(expected)
    expect(compileXml('<a>x &lt; } {</a>', native, 'b')).toEqual(['<a>x &lt; } {</a>'])
  })

  test('placeholders are found after references are resolved', () => {
    expect(xml('<a>&#x1F600;&amp;{{ card.cvc | prepend: &quot;x&lt;&quot; }}&gt;</a>')).toBe(
      '<a>&#x1F600;&amp;x&lt;737&gt;</a>',
    )
    expect(xml('<a b="&#123;{ card.cvc }&#x7d;&apos;"/>')).toBe('<a b="737&apos;"/>')
    expect(xml('<a>{{ card.<!-- -->x</a>'.replace('{{ card.', ''))).toBe('<a><!-- -->x</a>')
    thrown('invalid_template', () => xml('<a>{{ card.<!-- -->number }}</a>'))
  })

  test('values are escaped for their place', () => {
    const values = { '.card.holder': `<a b="c">&'é]]>\r` }
    expect(xml('<a>{{ card.holder }}</a>', values)).toBe(
      '<a>&lt;a b=&quot;c&quot;&gt;&amp;&apos;&#233;]]&gt;&#13;</a>',
    )
    expect(xml('<a><![CDATA[{{ card.holder }}]]></a>', values)).toBe(
      `<a><![CDATA[<a b="c"]]>&gt;<![CDATA[&']]>&#233;&#93;&#93;&gt;&#13;<![CDATA[]]></a>`,
    )
    for (const bad of ['\0', '\u0008', '\ufffe', '\ud800', '\udc00x']) {
      for (const place of [
        '<a>{{ card.holder }}</a>',
        '<a b="{{ card.holder }}"/>',
        '<a><![CDATA[{{ card.holder }}]]></a>',
      ]) {
        thrown('invalid_template', () => xml(place, { '.card.holder': bad }))
      }
    }
  })

  test('CDATA cannot be closed by a value together with the text around it', () => {
    for (const [before, value, after] of [
      ['', ']]>', ''],
      [']]', '>x', ''],
      [']', ']', '>'],
      ['', ']', ']>'],
      [']]', '', '>'],
    ]) {
      const written = xml(`<a><![CDATA[${before}{{ card.holder }}${after}]]></a>`, {
        '.card.holder': value!,
      })
      // A scan of what was written must give back the same text.
      let text = ''
      const grammar = { name: 'see', find: (seen: string) => ((text += seen), []) }
      compileXml(written, grammar, 'b')
      expect(text).toBe(`${before}${value}${after}`)
    }
  })

  test('names elements and attributes', () => {
    const at = (source: string) => thrown('invalid_template', () => xml(source)).param
    expect(at('<e:E><Card><Number>{{ card.nope }}</Number></Card></e:E>')).toBe(
      'body.e:E.Card.Number',
    )
    expect(at('<E><Card n="{{ x }}"/></E>')).toBe('body.E.Card@n')
    expect(at('<E><a>1</a><![CDATA[{{]]></E>')).toBe('body.E')
  })

  test.each([
    '',
    ' ',
    'x',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a/>x',
    'x<a/>',
    '<a></a></a>',
    '<a',
    '<a ',
    '<a b',
    '<a b=',
    '<a b=1/>',
    '<a b="1',
    '<a b="1"c="2"/>',
    '<a b="1" b="2"/>',
    '<a b="<"/>',
    '<a b="&x;"/>',
    '<a>&nbsp;</a>',
    '<a>&</a>',
    '<a>& b;</a>',
    '<a>&#0;</a>',
    '<a>&#x1F;</a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<a>&#9999999;</a>',
    '<a>&amp</a>',
    '<a>&constructor;</a>',
    '<a>]]></a>',
    '<a><![CDATA[x</a>',
    '<![CDATA[x]]><a/>',
    '<a><!-- x</a>',
    '<a><!-- -- --></a>',
    '<a><!-- x---></a>',
    '<1/>',
    '< a/>',
    '<a / >',
    '<a/ >',
    '<a>\0</a>',
    '<a>\ufffe</a>',
    '<a>\ud800</a>',
    '<a><{{ card.number }}/></a>',
    '<a {{ card.number }}="1"/>',
    ' <?xml version="1.0"?><a/>',
    '<?xml version="1.0"?>',
    '<?xml?><a/>',
    '<?xml version="2.0"?><a/>',
    '<?php echo ?><a/>',
    '<a><?x?></a>',
    '<?xml-stylesheet href="x"?><a/>',
    '<!DOCTYPE a><a/>',
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!ENTITY x "y"><a/>',
    '<a><!ELEMENT b></a>',
    '<!doctype a><a/>',
    '<a>'.repeat(65) + '</a>'.repeat(65),
    '<a>'.repeat(100_000),
  ])('refuses %j', (source) => {
    const error = thrown('invalid_request', () => compileXml(source, native, 'request.body'))
    expect(error.param).toBe('request.body')
    expect(error.message).toMatch(/line \d+, column \d+/)
  })

  test.each([
    '<a/>',
    '<a />',
    '<a></a >',
    '\ufeff<a/>',
    '<?xml version="1.0" standalone="yes" ?><a/>',
    '<é:b.c-d_1 x="&#x10FFFF;"/>',
    '<a b="]]>>\n"/>',
    '<a>'.repeat(64) + '</a>'.repeat(64),
    '<a><![CDATA[]]></a>',
    '<a><!----></a>',
    '<a>]]&gt;]</a>',
  ])('accepts %j as it is', (source) => {
    expect(compileXml(source, native, 'b')).toEqual([source])
  })

  test('a megabyte is read in linear time', () => {
    const attributes = Array.from({ length: 50_000 }, (_, i) => `a${i}="1"`).join(' ')
    for (const source of [
      `<a ${attributes}/>`,
      `<a>${'&amp;'.repeat(200_000)}</a>`,
      `<a>${'<b/>'.repeat(200_000)}</a>`,
      `<a>${' '.repeat(1_000_000)}</a>`,
    ]) {
      const start = performance.now()
      compileXml(source, native, 'b')
      expect(performance.now() - start).toBeLessThan(1000)
    }
  })
})

describe('text', () => {
  test('values as they are, without control characters', () => {
    const template = compilePlain('n={{ card.number }};h={{ card.holder }}', native, 'body')
    expect(render(template)).toBe('n=4242424242424242;h=Zoë Martin')
    expect(literals(template)).toEqual(['n=', null, ';h=', null])
    thrown('invalid_template', () => render(template, { ...CARD, '.card.holder': 'a\r\nb' }))
    expect(compilePlain('', native, 'b')).toEqual([''])
  })

  test('one text is a string, or parts', () => {
    expect(compileText('Bearer x', native, 'h')).toBe('Bearer x')
    expect(compileText("{{ '{{' }} x", native, 'h')).toBe('{{ x')
    expect(
      renderText(compileText('v1 {{ card.cvc }} {{ payer.number }}', native, 'h'), 'header'),
    ).toBe('v1 737 5555555555554444')
    expect(renderText(compileText('{{ card.cvc }}', native, 'h'), 'header')).toBe('737')
  })
})

test.each([
  ['application/json', 'json'],
  ['Application/JSON; charset=utf-8', 'json'],
  ['text/json', 'json'],
  ['application/vnd.api+json', 'json'],
  ['application/x-www-form-urlencoded;charset=UTF-8', 'form'],
  ['text/xml', 'xml'],
  ['application/soap+xml; action="x"', 'xml'],
  ['application/xml', 'xml'],
  ['text/plain', 'text'],
  ['application/jsonx', 'text'],
  ['', 'text'],
  [null, 'text'],
] as const)('the format of %j is %s', (type, format) => {
  expect(bodyFormat(type)).toBe(format)
  const source = '<a x="{{ card.cvc }}"/>'
  if (format === 'json') thrown('invalid_json', () => compileBody(source, type, native, 'b'))
  else expect(compileBody(source, type, native, 'b')).toHaveLength(3)
})
