"""Whether a statement may be made over some words: by figures, names, days, negations and opposites as well."""
