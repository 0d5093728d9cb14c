/** A number with the noun form that its language asks for. */
export function plurals(language: string): (n: number, forms: Partial<Record<Intl.LDMLPluralRule, string>>) => string {
  const rules = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (n, forms) => `${numbers.format(n)} ${forms[rules.select(n)] ?? forms.other ?? ''}`
}
