/**
 * @module A host name as an operator or a merchant writes it.
 */

/**
 * The name in lower case without its last dot; null for anything else than one host name or address in its usual
 * spelling. Wildcards are none: an entry of the allow-list is for one host.
 */
export function hostName(text: string): string | null {
  const name = text.toLowerCase().replace(/\.$/, '')
  return URL.parse(`https://${name}/`)?.hostname === name && /^[^*]*[a-z\d\]]$/.test(name)
    ? name
    : null
}
