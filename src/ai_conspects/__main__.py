"""`python -m ai_conspects` is the command line."""

from ai_conspects.cli.main import main

main()
